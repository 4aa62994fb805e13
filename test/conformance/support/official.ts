import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { ProviderPackage } from "../../../providers/protocol/provider.ts";
import { ProviderServer } from "../../../providers/protocol/providerServer.ts";
import { FakeEngineLog } from "./fakeEngineLog.ts";
import { ProviderClient } from "./providerClient.ts";

/** A provider that is served, with a client, and the lines that it shows. */
export interface Served {
    readonly client: ProviderClient;
    readonly log: FakeEngineLog;
    close(): Promise<void>;
}

type Named = Pick<ProviderPackage, "name" | "version">;

/** The end of a title of tests that need Pulumi's own plugin: why they are skipped; empty where it is there. */
export function without(plugin: Named): string {
    const { name, version } = plugin;
    return officialPath(plugin) === undefined
        ? `: skipped, Pulumi's ${name} plugin ${version} is missing (not installed)`
        : "";
}

/** The same of tests that need an image. @param reason why it cannot be had; undefined where it is there */
export function withoutImage(reason: string | undefined): string {
    return reason === undefined ? "" : `: skipped, ${reason}`;
}

/** Where Pulumi's own plugin is: in Pulumi's home, else on PATH. */
export function officialPath({ name, version }: Named): string | undefined {
    const program = `pulumi-resource-${name}`;
    const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
    const folders = [
        join(home, "plugins", `resource-${name}-v${version}`),
        ...(process.env.PATH ?? "").split(delimiter).filter(Boolean),
    ];
    return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/**
 * Starts Pulumi's own plugin.
 *
 * @throws Error where there is none
 */
export async function serveOfficial(plugin: Named): Promise<Served> {
    const path = officialPath(plugin);
    if (path === undefined) {
        throw new Error(`Pulumi's ${plugin.name} plugin is not there`);
    }
    const log = await FakeEngineLog.listen();
    const child = spawn(path, [log.address], { stdio: ["ignore", "pipe", "ignore"] });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, "line")) as [string];
    const client = new ProviderClient(Number(line));
    return {
        client,
        log,
        close: async () => {
            client.close();
            log.close();
            const ended = once(child, "exit");
            child.kill("SIGKILL");
            await ended;
        },
    };
}

/** Serves one of our packages in this process. */
export async function serveOurs(served: ProviderPackage): Promise<Served> {
    const log = await FakeEngineLog.listen();
    const server = new ProviderServer(served);
    const client = new ProviderClient(await server.listen());
    await client.attach(log.address);
    return {
        client,
        log,
        close: () => {
            client.close();
            server.close();
            log.close();
            return Promise.resolve();
        },
    };
}

function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
