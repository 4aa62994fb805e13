import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import type { BenchTools, ProviderKind } from "./benchTools.ts";
import type { Cleanup } from "./cleanup.ts";
import { ByVerbs, Typed, type StackRunner, type Verb } from "./stackRunner.ts";
import type { TimedRun } from "./timedRun.ts";

/** What is measured. */
export interface BenchOptions {
    /** The number of nodes, each on a lab machine. */
    readonly nodes: number;
    /** How many of them are servers; the others are client agents. */
    readonly servers: number;
    /** How many previews of each kind are timed. */
    readonly rounds: number;
    /** The setting `image`: a reference to pull, or an archive. */
    readonly image: string;
    /** What Pulumi is run with. */
    readonly tools: BenchTools;
}

/** How one operation is run. */
export interface RunOptions {
    /** @default those that `npm start` would take */
    readonly providers?: ProviderKind;
    /** Further words of the command line. @default none */
    readonly words?: readonly string[];
}

/** What a copy of this project's Pulumi.yaml must have. */
const projectShape = z.looseObject({ main: z.string() });

/**
 * A stack that exists for one measurement: state, settings and project file in a folder of its own
 * under `.state/bench`, so that no other stack is touched. What an earlier, killed run left over is
 * destroyed first. `pulumi` is typed where it can run a Node program; elsewhere the project's verbs do the same.
 */
export class BenchStack {
    readonly #name: string;
    readonly #folder: string;
    readonly #tools: BenchTools;
    readonly #cleanup: Cleanup;
    readonly #runner: StackRunner;

    private constructor(name: string, isEmpty: boolean, tools: BenchTools, cleanup: Cleanup) {
        this.#name = name;
        this.#folder = join(stateFolder, "bench", name);
        this.#tools = tools;
        this.#cleanup = cleanup;
        const place = { name, folder: this.#folder, isEmpty };
        this.#runner = tools.isTyped ? new Typed(place, tools) : new ByVerbs(place, tools);
    }

    /** A stack of this project's own program. */
    static ofThisProject(
        name: string,
        { nodes, servers, image, tools }: BenchOptions,
        cleanup: Cleanup,
    ): Promise<BenchStack> {
        const text = readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8");
        const declared = projectShape.parse(parse(text));
        const project = { ...declared, main: join(projectRoot, declared.main) };
        const config = {
            "consul-machines:servers": servers,
            "consul-machines:clients": nodes - servers,
            "consul-machines:image": image,
        };
        return new BenchStack(name, false, tools, cleanup).#open(project, config);
    }

    /** A stack of a program without a single resource, run in the same way. */
    static ofNothing(name: string, tools: BenchTools, cleanup: Cleanup): Promise<BenchStack> {
        const runtime = { name: "nodejs", options: { typescript: false } };
        const stack = new BenchStack(name, true, tools, cleanup);
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
        await this.#runner.init();
        this.#cleanup.add(`the stack ${this.#name}`, () => this.close());
        return this;
    }

    /** Runs an operation, which must succeed; `up` and `destroy` without a preview before them. */
    run(
        verb: Verb,
        { providers = this.#tools.usual, words = [] }: RunOptions = {},
    ): Promise<TimedRun> {
        return this.#runner.run(verb, providers, words, this.#cleanup.signal);
    }

    /** Destroys the stack and removes its folder; does nothing the second time. */
    async close(): Promise<void> {
        if (existsSync(this.#folder)) {
            await this.#destroy();
            rmSync(this.#folder, { recursive: true, force: true });
            removeIfEmpty(dirname(this.#folder));
        }
    }

    /** Not ended by a signal: it is what a signal begins. */
    async #destroy(): Promise<void> {
        await this.#runner.remove(this.#tools.usual);
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
