import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../../cli/tools/paths.ts";
import { ProviderServer } from "../../../providers/protocol/providerServer.ts";
import { run, type Outcome } from "../../../scripts/system/process.ts";
import { labSocket } from "./cluster.ts";
import { fakeCommand } from "./fakeCommand.ts";
import { fakeDocker } from "./fakeDocker.ts";
import { World } from "./world.ts";

/** A program that uses the library, with a Pulumi project and a backend of its own. */
export class HandmadeProgram {
    readonly folder: string;
    readonly #env: Readonly<Record<string, string>>;
    readonly #servers: readonly ProviderServer[];

    private constructor(
        folder: string,
        env: Readonly<Record<string, string>>,
        servers: readonly ProviderServer[],
    ) {
        this.folder = folder;
        this.#env = env;
        this.#servers = servers;
    }

    /**
     * Writes it into a folder elsewhere, and serves its providers.
     *
     * @param cli Pulumi's.
     * @param source of its `index.ts`, which finds the library as `LIBRARY`.
     */
    static async write(cli: string, source: string): Promise<HandmadeProgram> {
        const root = mkdtempSync(join(tmpdir(), "consul-machines-by-hand-"));
        const folder = join(root, "program");
        for (const name of ["program", "backend", "home"]) {
            mkdirSync(join(root, name));
        }
        symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
        const library = pathToFileURL(join(projectRoot, "components/index.ts")).href;
        const project = {
            name: "by-hand",
            runtime: { name: "nodejs", options: { typescript: false } },
            main: "index.ts",
        };
        // JSON is YAML too.
        writeFileSync(join(folder, "Pulumi.yaml"), JSON.stringify(project));
        writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
        writeFileSync(join(folder, "index.ts"), source.replace("LIBRARY", library));
        const world = new World(new Map([[labSocket, new Set()]]));
        const docker = new ProviderServer(fakeDocker(world));
        const command = new ProviderServer(fakeCommand(world));
        const [dockerPort, commandPort] = await Promise.all([docker.listen(), command.listen()]);
        const env = {
            PATH: [dirname(cli), dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
            PULUMI_HOME: join(root, "home"),
            PULUMI_BACKEND_URL: pathToFileURL(join(root, "backend")).href,
            PULUMI_CONFIG_PASSPHRASE: "by hand",
            PULUMI_DEBUG_PROVIDERS: `docker:${dockerPort},command:${commandPort}`,
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
        return new HandmadeProgram(folder, env, [docker, command]);
    }

    /** Runs Pulumi's CLI in its folder, as a person does. */
    pulumi(...words: readonly string[]): Promise<Outcome> {
        return run("pulumi", words, { cwd: this.folder, env: this.#env });
    }

    /** Runs a command of the package from elsewhere. */
    command(...words: readonly string[]): Promise<Outcome> {
        const all = [join(projectRoot, "cli/consulMachines.ts"), ...words, "--cwd", this.folder];
        return run(process.execPath, all, { cwd: tmpdir(), env: this.#env });
    }

    /** Ends its providers, and removes it. */
    dispose(): void {
        for (const server of this.#servers) {
            server.close();
        }
        rmSync(dirname(this.folder), { recursive: true, force: true });
    }
}
