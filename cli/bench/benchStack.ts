import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import type { Cleanup } from "./cleanup.ts";
import { timedRun, type TimedRun, type TimedRunOptions } from "./timedRun.ts";

/** What is measured. */
export interface BenchOptions {
    /** The number of nodes, all of them servers. */
    readonly nodes: number;
    /** How many previews of each kind are timed. */
    readonly rounds: number;
    /** The setting `image`: a reference to pull, or an archive. */
    readonly image: string;
}

/** How long one operation of Pulumi's may take. */
const operationTimeoutMs = 900_000;

/** What a copy of this project's Pulumi.yaml must have. */
const projectShape = z.looseObject({ main: z.string() });

/**
 * A stack that exists for one measurement: state, settings and project file in a folder of its own
 * under `.state/bench`, so that no other stack is touched. What an earlier, killed run left over is
 * destroyed first.
 */
export class BenchStack {
    readonly #name: string;
    readonly #folder: string;
    readonly #cleanup: Cleanup;

    private constructor(name: string, cleanup: Cleanup) {
        this.#name = name;
        this.#folder = join(stateFolder, "bench", name);
        this.#cleanup = cleanup;
    }

    /** A stack of this project's own program. */
    static ofThisProject(
        name: string,
        { nodes, image }: BenchOptions,
        cleanup: Cleanup,
    ): Promise<BenchStack> {
        const text = readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8");
        const declared = projectShape.parse(parse(text));
        const project = { ...declared, main: join(projectRoot, declared.main) };
        const config = { "consul-machines:servers": nodes, "consul-machines:image": image };
        return new BenchStack(name, cleanup).#open(project, config);
    }

    /** A stack of a program without a single resource, run in the same way. */
    static ofNothing(name: string, cleanup: Cleanup): Promise<BenchStack> {
        const runtime = { name: "nodejs", options: { typescript: false } };
        const stack = new BenchStack(name, cleanup);
        mkdirSync(stack.#workFolder, { recursive: true });
        writeFileSync(join(stack.#workFolder, "index.ts"), "export {};\n");
        return stack.#open({ name: "empty", runtime, main: "index.ts" }, {});
    }

    get #workFolder(): string {
        return join(this.#folder, "work");
    }

    async #open(project: object, config: object): Promise<this> {
        const state = join(this.#folder, "state");
        if (existsSync(state)) {
            console.error(`${this.#name}: destroying what an earlier run left over`);
            await this.#destroy();
        }
        mkdirSync(state, { recursive: true });
        mkdirSync(this.#workFolder, { recursive: true });
        // JSON is YAML too.
        writeFileSync(join(this.#workFolder, "Pulumi.yaml"), JSON.stringify(project));
        const file = join(this.#workFolder, `Pulumi.${this.#name}.yaml`);
        writeFileSync(file, JSON.stringify({ config }));
        await this.#pulumi(["stack", "init", this.#name]);
        this.#cleanup.add(`the stack ${this.#name}`, () => this.close());
        return this;
    }

    /** Runs `pulumi preview` or `pulumi up`, which must succeed. */
    run(
        verb: "preview" | "up",
        words: readonly string[] = [],
        onStart?: (pid: number) => void,
    ): Promise<TimedRun> {
        const yes = verb === "up" ? ["--yes", "--skip-preview"] : [];
        return this.#pulumi([verb, "--stack", this.#name, ...yes, ...words], {
            signal: this.#cleanup.signal,
            onStart,
        });
    }

    /** Destroys the stack and removes its folder; does nothing the second time. */
    async close(): Promise<void> {
        if (existsSync(this.#folder)) {
            await this.#destroy();
            rmSync(this.#folder, { recursive: true, force: true });
            removeIfEmpty(dirname(this.#folder));
        }
    }

    async #destroy(): Promise<void> {
        // Cancel fails where there is no lock to remove, which is no problem.
        await this.#pulumi(["cancel", "--yes", this.#name]).catch(() => undefined);
        await this.#pulumi(["destroy", "--stack", this.#name, "--yes", "--skip-preview"]);
        await this.#pulumi(["stack", "rm", "--yes", "--stack", this.#name]);
    }

    #pulumi(words: readonly string[], options: Partial<TimedRunOptions> = {}): Promise<TimedRun> {
        const state = pathToFileURL(join(this.#folder, "state")).href;
        return timedRun("pulumi", words, {
            cwd: this.#workFolder,
            timeoutMs: operationTimeoutMs,
            env: {
                ...noDockerVariables,
                PULUMI_BACKEND_URL: state,
                PULUMI_CONFIG_PASSPHRASE: "bench",
                PULUMI_SKIP_UPDATE_CHECK: "true",
            },
            ...options,
        });
    }
}

/** Removes a folder if it is empty. */
export function removeIfEmpty(folder: string): void {
    try {
        rmdirSync(folder);
    } catch {
        // It holds the stack of another measurement.
    }
}
