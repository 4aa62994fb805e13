import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

/** One resource, as a program declares it. */
export interface DeclaredResource {
    readonly type: string;
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    /** Name of the provider that makes it; empty for the default one. */
    readonly provider: string;
}

/** The stack whose file says what is drawn. */
const stack = "dev";

/** Where a machine's own engine is taken to have its bridge: Docker's default. */
const bridgeAddress = "172.17.0.1";

interface ProjectFile {
    readonly name: string;
    readonly config?: Readonly<Record<string, { readonly default?: unknown }>>;
}

interface StackFile {
    readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Runs a program with its stack file's settings, and makes nothing: every resource that it declares
 * is noted, and its scripts answer as they would where all goes well.
 *
 * @param folder of Pulumi.yaml, Pulumi.dev.yaml and index.ts.
 */
export async function declaredBy(folder: string): Promise<readonly DeclaredResource[]> {
    const read = async (file: string) =>
        parse(await readFile(join(folder, file), "utf8")) as unknown;
    const project = (await read("Pulumi.yaml")) as ProjectFile;
    const { config } = (await read(`Pulumi.${stack}.yaml`)) as StackFile;
    const declared: DeclaredResource[] = [];
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs, provider = "" }) => {
                const given = inputs as Readonly<Record<string, unknown>>;
                declared.push({
                    type,
                    name,
                    inputs: given,
                    provider: provider.split("::").at(-2) ?? "",
                });
                return { id: `${name}-id`, state: { ...given, ...answerOf(given) } };
            },
            call: ({ token }) => {
                throw new Error(`${token}: a program that asks for it cannot be drawn`);
            },
        },
        project.name,
        stack,
    );
    // The mock engine knows no hooks for errors; the real one only notes them, too.
    Object.assign(pulumi.runtime.getMonitor() ?? {}, {
        registerErrorHook: (_: unknown, answer: (error: null, response: object) => void) => {
            answer(null, {});
        },
    });
    pulumi.runtime.setAllConfig(settingsOf(project, config ?? {}));
    await import(pathToFileURL(join(folder, "index.ts")).href);
    await pulumi.runtime.disconnect();
    return declared;
}

/** The settings as Pulumi hands them to a program: those of the stack over the defaults, as text. */
function settingsOf(
    { name, config = {} }: ProjectFile,
    stated: Readonly<Record<string, unknown>>,
): Record<string, string> {
    const defaults = Object.entries(config)
        .filter(([, declared]) => declared.default !== undefined)
        .map(([key, declared]) => [`${name}:${key}`, declared.default] as const);
    return Object.fromEntries(
        [...defaults, ...Object.entries(stated)].map(([key, value]) => [
            key,
            typeof value === "string" ? value : JSON.stringify(value),
        ]),
    );
}

/** What a script of ours would answer. */
function answerOf({ create, stdin }: Readonly<Record<string, unknown>>): Record<string, unknown> {
    switch (create) {
        case "machine up": {
            const address = machineAddress(String(stdin));
            const endpoint = `tcp://${address}:2376`;
            const files = { ca: "", cert: "", key: "" };
            const dockerVersion = "";
            const answer = { address, endpoint, bridgeAddress, dockerVersion, ...files };
            return { stdout: JSON.stringify(answer) };
        }
        case "formation record":
            return { stdout: stdin };
        default:
            return { stdout: "" };
    }
}

/** The address that a machine is told to have; only a driver of another kind knows no address. */
function machineAddress(request: string): string {
    const { machine, flags } = JSON.parse(request) as {
        readonly machine: string;
        readonly flags: readonly string[];
    };
    const flag = flags.find((one) => one.startsWith("--generic-ip-address="));
    return flag?.split("=")[1] ?? machine;
}
