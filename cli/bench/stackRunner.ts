import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startProviders } from "../../providers/index.ts";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { embeddedOnly } from "../stack/workspace.ts";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import { providersVariable } from "../tools/providers.ts";
import type { BenchTools, ProviderKind } from "./benchTools.ts";
import { timedRun, type TimedRun, type TimedRunOptions } from "./timedRun.ts";

/** The operations that are measured. */
export type Verb = "preview" | "up" | "destroy";

/** A stack of a measurement. */
export interface StackPlace {
    readonly name: string;
    /** Has its project file and settings in `work`, and its state in `state`. */
    readonly folder: string;
    /** Whether its program declares nothing. @default it is this project's own */
    readonly isEmpty: boolean;
}

/** Runs Pulumi's operations on one stack. */
export interface StackRunner {
    /** Makes the stack, where the first operation does not. */
    init(): Promise<void>;
    /** The time is that of all that the operation needs, the providers' start included. */
    run(
        verb: Verb,
        providers: ProviderKind,
        words: readonly string[],
        signal?: AbortSignal,
    ): Promise<TimedRun>;
    /** Destroys all that is in the stack, and removes it. */
    remove(providers: ProviderKind): Promise<void>;
}

/** How long one operation of Pulumi's may take. */
const timeoutMs = 900_000;

const noQuestions: Readonly<Record<Verb, readonly string[]>> = {
    preview: [],
    up: ["--yes", "--skip-preview"],
    destroy: ["--yes", "--skip-preview"],
};

function environmentOf({ folder }: StackPlace): Record<string, string> {
    return {
        ...noDockerVariables,
        PULUMI_BACKEND_URL: pathToFileURL(join(folder, "state")).href,
        PULUMI_CONFIG_PASSPHRASE: "bench",
        PULUMI_SKIP_UPDATE_CHECK: "true",
    };
}

/** Types `pulumi`: its host for Node programs runs the program, whichever providers there are. */
export class Typed implements StackRunner {
    readonly #place: StackPlace;
    readonly #tools: BenchTools;

    constructor(place: StackPlace, tools: BenchTools) {
        this.#place = place;
        this.#tools = tools;
    }

    async init(): Promise<void> {
        await this.#pulumi(["stack", "init", this.#place.name]);
    }

    async run(
        verb: Verb,
        providers: ProviderKind,
        words: readonly string[],
        signal?: AbortSignal,
    ): Promise<TimedRun> {
        const typed = [verb, "--stack", this.#place.name, ...noQuestions[verb], ...words];
        if (providers === "official" || this.#place.isEmpty) {
            return this.#pulumi(typed, { signal });
        }
        const started = performance.now();
        const env = environmentOf(this.#place);
        const served = await startProviders({ folder: projectRoot, env });
        try {
            const attached = { ...env, ...embeddedOnly, ...served.environment };
            const { stdout } = await this.#pulumi(typed, { signal, env: attached });
            return { stdout, seconds: (performance.now() - started) / 1000 };
        } finally {
            await served.close();
        }
    }

    async remove(providers: ProviderKind): Promise<void> {
        // Cancel fails where there is no lock to remove, which is no problem.
        await this.#pulumi(["cancel", "--yes", this.#place.name]).catch(() => undefined);
        await this.run("destroy", providers, []);
        await this.#pulumi(["stack", "rm", "--yes", "--stack", this.#place.name]);
    }

    #pulumi(words: readonly string[], options: Partial<TimedRunOptions> = {}): Promise<TimedRun> {
        const cwd = join(this.#place.folder, "work");
        const env = environmentOf(this.#place);
        return timedRun(this.#tools.pulumi.path, words, { cwd, timeoutMs, env, ...options });
    }
}

/** Runs the project's own verbs, by which a computer without that host does what `pulumi` does. */
export class ByVerbs implements StackRunner {
    readonly #place: StackPlace;
    readonly #tools: BenchTools;

    constructor(place: StackPlace, tools: BenchTools) {
        this.#place = place;
        this.#tools = tools;
    }

    init(): Promise<void> {
        return Promise.resolve();
    }

    run(
        verb: Verb,
        providers: ProviderKind,
        words: readonly string[],
        signal?: AbortSignal,
    ): Promise<TimedRun> {
        const { name, folder, isEmpty } = this.#place;
        const work = join(folder, "work");
        const task = isEmpty
            ? [join(import.meta.dirname, "emptyProgram.ts"), verb, name, work]
            : [
                  join(projectRoot, "cli", `${verb}.ts`),
                  ...["--stack", name, "--config-file", join(work, `Pulumi.${name}.yaml`)],
                  ...noQuestions[verb],
                  ...words,
              ];
        const env = { ...environmentOf(this.#place), [providersVariable]: providers };
        return timedRun(process.execPath, task, { cwd: projectRoot, timeoutMs, env, signal });
    }

    async remove(providers: ProviderKind): Promise<void> {
        const { name, folder, isEmpty } = this.#place;
        const project = isEmpty ? "empty" : "consul-machines";
        const stacks = join(folder, "state", ".pulumi", "stacks", project);
        if (!existsSync(join(stacks, `${name}.json`))) {
            return;
        }
        const env = environmentOf(this.#place);
        const own = isEmpty ? join(folder, "work", "run") : join(stateFolder, "run", name);
        await timedRun(this.#tools.pulumi.path, ["cancel", "--yes", name], {
            cwd: existsSync(own) ? own : projectRoot,
            timeoutMs,
            env,
        }).catch(() => undefined);
        await this.run("destroy", providers, ["--remove"]);
    }
}
