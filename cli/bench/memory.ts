import { BenchStack, type BenchOptions } from "./benchStack.ts";
import type { Cleanup } from "./cleanup.ts";
import { descendants, during, isEmbedded, isProvider, type Process } from "./processes.ts";
import { markdownTable, median, type Finding } from "./report.ts";

/** Milliseconds between two samples of the processes. */
const intervalMs = 250;

/** The kinds of process in a run, in the order of the table, and the name of their program. */
const kinds = [
    ["docker plugin", "pulumi-resource-docker"],
    ["command plugin", "pulumi-resource-command"],
    ["embedded providers", "serve.ts"],
    ["pulumi", "pulumi"],
    ["language host", "pulumi-language-nodejs"],
    ["the program (node)", "node"],
] as const;

/** What the Commands start: our scripts, docker-machine, ssh. */
const scripts = "scripts and docker-machine";

/** The processes of a run at one moment, by kind. */
type Sample = ReadonlyMap<string, readonly Process[]>;

/** Measures the memory of each process of an `up` that makes everything, and of a `preview` without changes. */
export async function benchMemory(options: BenchOptions, cleanup: Cleanup): Promise<Finding> {
    if (process.platform !== "linux") {
        return { text: "Memory is measured on Linux only.", isKept: true };
    }
    const stack = await BenchStack.ofThisProject("bench-memory", options, cleanup);
    const parts: string[] = [];
    for (const verb of ["up", "preview"] as const) {
        console.error(`pulumi ${verb} of ${options.nodes} nodes`);
        const peak = new Peak();
        await during(
            () => stack.run(verb),
            intervalMs,
            () => {
                peak.add(byKind(descendants()));
            },
        );
        parts.push(peak.table(`\`pulumi ${verb}\`, ${options.nodes} lab nodes`));
    }
    await stack.close();
    return { text: parts.join("\n\n"), isKept: true };
}

/** The highest memory in the samples of a run. */
class Peak {
    /** The sample of each kind in which it took most. */
    readonly #most = new Map<string, readonly Process[]>();
    #total = 0;

    add(sample: Sample): void {
        this.#total = Math.max(this.#total, shares([...sample.values()].flat()));
        for (const [kind, processes] of sample) {
            if (shares(processes) > shares(this.#most.get(kind) ?? [])) {
                this.#most.set(kind, processes);
            }
        }
    }

    table(title: string): string {
        const order = [...kinds.map(([kind]) => kind), scripts];
        const rows = order.flatMap((kind) => {
            const processes = this.#most.get(kind) ?? [];
            const sizes = [
                median(processes.map(({ resident }) => resident)),
                median(processes.map(({ share }) => share)),
                shares(processes),
            ].map((size) => size.toFixed(0));
            return processes.length === 0 ? [] : [[kind, String(processes.length), ...sizes]];
        });
        return markdownTable(
            [title, "processes", "resident each, MB", "share each, MB", "shares in all, MB"],
            [...rows, ["all at once, at most", "", "", "", this.#total.toFixed(0)]],
        );
    }
}

function byKind(family: readonly Process[]): Sample {
    const byId = new Map(family.map((one) => [one.pid, one]));
    const isScript = ({ parent }: Process): boolean => {
        const above = byId.get(parent);
        return above !== undefined && (isProvider(above) || isScript(above));
    };
    const nameOf = (one: Process) => (isEmbedded(one) ? "serve.ts" : one.name);
    const kindOf = (one: Process) =>
        isScript(one) ? scripts : (kinds.find(([, name]) => name === nameOf(one))?.[0] ?? one.name);
    const sample = new Map<string, Process[]>();
    for (const one of family) {
        sample.set(kindOf(one), [...(sample.get(kindOf(one)) ?? []), one]);
    }
    return sample;
}

function shares(processes: readonly Process[]): number {
    return processes.reduce((sum, { share }) => sum + share, 0);
}
