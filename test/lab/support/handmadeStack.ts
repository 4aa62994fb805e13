import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startProviders, type StartedProviders } from "../../../providers/start.ts";
import { mustRun, run, type Outcome } from "../../../scripts/system/process.ts";
import { docker } from "./host.ts";
import { installPackage } from "./installedPackage.ts";
import { labEnvironment, labImage, providers } from "./pieces.ts";

/** The stack, its project, and the network of its machines. */
export const handmade = { project: "by-hand", stack: "prod", subnet: "10.89.27.0/24" } as const;

/** Addresses of its nodes' machines. */
export const machines: Readonly<Record<string, string>> = {
    "server-1": "10.89.27.11",
    "server-2": "10.89.27.12",
    "server-3": "10.89.27.13",
    "client-1": "10.89.27.101",
};

/** It exports nothing: what the commands know is in the state. */
const source = `
import { agentImage, ConsulCluster } from "consul-machines";
const machines: Record<string, string> = MACHINES;
const named = (kind: string) =>
    Object.entries(machines)
        .filter(([name]) => name.startsWith(kind))
        .map(([name, address]) => ({ name, machine: { driver: "lab" as const, address } }));
new ConsulCluster("shop", {
    datacenter: "dc1",
    image: await agentImage(IMAGE),
    store: { path: "machines" },
    lab: { subnet: SUBNET },
    servers: named("server"),
    clients: named("client"),
});
`;

/**
 * A stack that a person makes with `pulumi up`, in a folder elsewhere that has the package installed, and the commands
 * of the package.
 */
export class HandmadeStack {
    readonly folder: string;
    readonly #root: string;
    #providers: StartedProviders | undefined;

    private constructor(root: string) {
        this.#root = root;
        this.folder = join(root, "program");
    }

    /** Writes the program, and makes its stack, empty. */
    static async init(): Promise<HandmadeStack> {
        const stack = new HandmadeStack(mkdtempSync(join(tmpdir(), "consul-machines-by-hand-")));
        await installPackage(stack.folder);
        // An archive's path is relative to the project's folder, or a full one.
        const image = process.env.LAB_IMAGE_ARCHIVE ?? labImage;
        const values = { MACHINES: machines, IMAGE: image, SUBNET: handmade.subnet };
        const text = Object.entries(values).reduce(
            (rest, [name, value]) => rest.replace(name, JSON.stringify(value)),
            source,
        );
        const { project: name, stack: stackName } = handmade;
        const runtime = { name: "nodejs", options: { typescript: false } };
        // JSON is YAML too.
        const files = {
            "Pulumi.yaml": JSON.stringify({ name, runtime, main: "index.ts" }),
            "package.json": JSON.stringify({ type: "module" }),
            "index.ts": text,
        };
        for (const [file, content] of Object.entries(files)) {
            writeFileSync(join(stack.folder, file), content);
        }
        if (providers === "embedded") {
            stack.#providers = await startProviders({ folder: stack.folder, env: stack.#env });
        }
        await stack.pulumi("stack", "init", stackName);
        return stack;
    }

    get #env(): NodeJS.ProcessEnv {
        return {
            ...labEnvironment(),
            PULUMI_BACKEND_URL: pathToFileURL(this.#root).href,
            PULUMI_CONFIG_PASSPHRASE: "by hand",
            XDG_CACHE_HOME: join(this.#root, "cache"),
            ...this.#providers?.environment,
        };
    }

    /** Runs Pulumi's CLI in the program's folder, which must succeed. */
    pulumi(...words: readonly string[]): Promise<void> {
        const options = { cwd: this.folder, env: this.#env };
        return mustRun(`pulumi ${words.join(" ")}`, ["pulumi", ...words], options);
    }

    /** Runs a shell's line in the program's folder, as a person types it. */
    shell(line: string, cwd = this.folder): Promise<Outcome> {
        return run("sh", ["-c", line], { cwd, env: this.#env });
    }

    /** Runs a command of the package, by npx, from a folder elsewhere. */
    command(...words: readonly string[]): Promise<Outcome> {
        return this.commandOn(this.folder, ...words);
    }

    /** The same on a program in another folder. */
    commandOn(folder: string, ...words: readonly string[]): Promise<Outcome> {
        const [name = "", ...rest] = words;
        const { stack } = handmade;
        const all = [name, "--stack", stack, "--cwd", folder, ...rest];
        return run(join(this.folder, "node_modules/.bin/consul-machines"), all, {
            cwd: this.#root,
            env: this.#env,
        });
    }

    /** The program as another computer has it: without docker-machine's store, or anything else that a run left. */
    elsewhere(): string {
        const folder = join(this.#root, "elsewhere");
        cpSync(this.folder, folder, {
            recursive: true,
            verbatimSymlinks: true,
            filter: (path) => path !== join(this.folder, "machines"),
        });
        return folder;
    }

    /** Runs docker on this computer about the container that plays a node's machine. */
    async machine(verb: "stop" | "start", node: string): Promise<void> {
        await docker(verb, `${handmade.project}-${handmade.stack}-${node}`);
    }

    /** Everything that it has on this computer. */
    async remains(): Promise<string[]> {
        const filter = `label=consul-machines.owner=${handmade.project}/${handmade.stack}`;
        const containers = await docker("ps", "-aq", "--filter", filter);
        const networks = await docker("network", "ls", "-q", "--filter", filter);
        return `${containers}\n${networks}`.split("\n").filter((line) => line !== "");
    }

    /** Removes what is left, even after a failed test. */
    async end(): Promise<void> {
        try {
            await this.shell(`pulumi cancel --yes ${handmade.stack}`);
            await this.command("stop", "--yes");
            await this.#providers?.close();
        } finally {
            rmSync(this.#root, { recursive: true, force: true });
        }
    }
}
