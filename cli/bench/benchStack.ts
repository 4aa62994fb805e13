import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import { runChild, type ChildOptions, type Ended } from "./child.ts";
import type { Ending } from "./ending.ts";

/** Settings of a stack, without the project's prefix. */
export type StackConfig = Readonly<Record<string, unknown>>;

/** How long one operation of Pulumi's may take. */
const operationLimit = 900_000;

/**
 * A stack that exists for one measurement: state, settings and project file in a folder of its own
 * under `.state/bench`, so that no other stack is touched. What an earlier run left behind, should
 * it have been killed, is destroyed first.
 */
export class BenchStack {
    readonly #name: string;
    readonly #folder: string;
    readonly #ending: Ending;

    private constructor(name: string, ending: Ending) {
        this.#name = name;
        this.#folder = join(stateFolder, "bench", name);
        this.#ending = ending;
    }

    /** A stack of this project's own program. */
    static ofThisProject(name: string, config: StackConfig, ending: Ending): Promise<BenchStack> {
        const text = readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8");
        const declared = parse(text) as { readonly main: string };
        const project = { ...declared, main: join(projectRoot, declared.main) };
        return new BenchStack(name, ending).#open(project, config);
    }

    /** A stack of a program without a single resource, run in the same way. */
    static ofNothing(name: string, ending: Ending): Promise<BenchStack> {
        const runtime = { name: "nodejs", options: { typescript: false } };
        const stack = new BenchStack(name, ending);
        mkdirSync(stack.#workFolder, { recursive: true });
        writeFileSync(join(stack.#workFolder, "index.ts"), "export {};\n");
        return stack.#open({ name: "empty", runtime, main: "index.ts" }, {});
    }

    get #workFolder(): string {
        return join(this.#folder, "work");
    }

    async #open(project: object, config: StackConfig): Promise<this> {
        const state = join(this.#folder, "state");
        if (existsSync(state)) {
            console.error(`${this.#name}: destroying what an earlier run left behind`);
            await this.#destroy();
        }
        mkdirSync(state, { recursive: true });
        mkdirSync(this.#workFolder, { recursive: true });
        const settings = Object.entries(config).map(
            ([key, value]) => [`consul-machines:${key}`, value] as const,
        );
        // JSON is YAML too.
        writeFileSync(join(this.#workFolder, "Pulumi.yaml"), JSON.stringify(project));
        const file = join(this.#workFolder, `Pulumi.${this.#name}.yaml`);
        writeFileSync(file, JSON.stringify({ config: Object.fromEntries(settings) }));
        await this.#pulumi(["stack", "init", this.#name]);
        this.#ending.later(`the stack ${this.#name}`, () => this.close());
        return this;
    }

    /** Runs `pulumi preview` or `pulumi up`, which must succeed. */
    run(
        verb: "preview" | "up",
        words: readonly string[] = [],
        onStart?: (pid: number) => void,
    ): Promise<Ended> {
        const yes = verb === "up" ? ["--yes", "--skip-preview"] : [];
        return this.#pulumi([verb, "--stack", this.#name, ...yes, ...words], {
            signal: this.#ending.signal,
            onStart,
        });
    }

    /** Destroys the stack and forgets it; does nothing the second time. */
    async close(): Promise<void> {
        if (existsSync(this.#folder)) {
            await this.#destroy();
            rmSync(this.#folder, { recursive: true, force: true });
            removeIfEmpty(dirname(this.#folder));
        }
    }

    async #destroy(): Promise<void> {
        // Without a lock to remove, cancel fails, and nothing is amiss.
        await this.#pulumi(["cancel", "--yes", this.#name]).catch(() => undefined);
        await this.#pulumi(["destroy", "--stack", this.#name, "--yes", "--skip-preview"]);
        await this.#pulumi(["stack", "rm", "--yes", "--stack", this.#name]);
    }

    #pulumi(words: readonly string[], options: Partial<ChildOptions> = {}): Promise<Ended> {
        const state = pathToFileURL(join(this.#folder, "state")).href;
        return runChild("pulumi", words, {
            cwd: this.#workFolder,
            limit: operationLimit,
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

/** Removes a folder that nothing is in any more. */
export function removeIfEmpty(folder: string): void {
    try {
        rmdirSync(folder);
    } catch {
        // Another measurement's stack is in it.
    }
}
