import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nodesOf } from "../../../cli/example/check.ts";
import { examplePlace, machinesFolder } from "../../../cli/example/examples.ts";
import { accessOf, StackClients } from "../../../cli/stack/stackClients.ts";
import { stackName } from "../../../cli/stack/stackSettings.ts";
import { readStackOutputs, type Outputs } from "../../../cli/stack/workspace.ts";
import { obtain } from "../../../cli/tools/obtain.ts";
import { projectRoot } from "../../../cli/tools/paths.ts";
import { pulumiTool } from "../../../cli/tools/pulumi.ts";
import { ownerOf } from "../../../scripts/protocol/names.ts";
import { docker } from "./host.ts";
import { Running } from "./labStack.ts";
import { labEnvironment, labImage } from "./pieces.ts";

/** An example, brought up and removed by the same `npm run example` that its README names. */
export class LabExample {
    readonly name: string;
    readonly #settings: Readonly<Record<string, string>>;

    /** @param settings laid over the stack file's; archives relative to the project's folder. */
    constructor(name: string, settings: Readonly<Record<string, string>> = {}) {
        this.name = name;
        this.#settings = { image: labImage, ...settings };
    }

    /** Brings it up and runs its check; what was printed. Throws it where that fails. */
    up(settings: Readonly<Record<string, string>> = {}): Promise<string> {
        const all = Object.entries({ ...this.#settings, ...settings });
        return this.#must([
            this.name,
            ...all.flatMap(([key, value]) => ["--set", `${key}=${value}`]),
        ]);
    }

    /** Takes it away. */
    destroy(): Promise<string> {
        return this.#must([this.name, "--destroy"]);
    }

    /** What its program exports. */
    async outputs<T>(): Promise<T> {
        const pulumi = await obtain(pulumiTool, { only: "find" });
        return (await readStackOutputs(pulumi, examplePlace(this.name))) as T;
    }

    /** Asks its agents with the rights of its stack. */
    async clients(): Promise<StackClients> {
        const nodes = nodesOf(await this.outputs<Outputs>());
        const store = join(examplePlace(this.name).folder, machinesFolder);
        const access = accessOf(nodes, { store, owner: ownerOf(this.name, stackName) });
        return StackClients.of({ nodes, access });
    }

    /** Everything that the example has on this computer: containers, networks, its store. */
    async remains(): Promise<string[]> {
        const filter = `label=consul-machines.owner=${this.name}/dev`;
        const containers = await docker("ps", "-aq", "--filter", filter);
        const networks = await docker("network", "ls", "-q", "--filter", filter);
        const { folder, workFolder } = examplePlace(this.name);
        const folders = [join(folder, machinesFolder), workFolder].filter((one) => existsSync(one));
        return [...`${containers}\n${networks}`.split("\n"), ...folders].filter(
            (one) => one !== "",
        );
    }

    /** Runs a command inside one of its lab machines. */
    onMachine(node: string, ...words: string[]): Promise<string> {
        return docker("exec", `${this.name}-dev-${node}`, ...words);
    }

    async #must(words: readonly string[]): Promise<string> {
        const child = spawn(process.execPath, ["cli/bootstrap.mjs", "example", ...words], {
            cwd: projectRoot,
            env: labEnvironment(),
            stdio: ["ignore", "pipe", "pipe"],
        });
        const { exitCode, output } = await new Running(child).ended;
        if (exitCode !== 0) {
            throw new Error(
                `npm run example -- ${words.join(" ")} ended with ${exitCode}:\n${output}`,
            );
        }
        return output;
    }
}
