import { BenchStack } from "./benchStack.ts";
import type { Ending } from "./ending.ts";
import type { BenchOptions } from "./options.ts";
import { canSeeProcesses, familyOf, type Process } from "./processes.ts";
import { markdownTable, median, type Finding } from "./report.ts";

/** Milliseconds between two looks at the processes. */
const interval = 250;

/** The kinds of process in a run, in the order of the table, and what tells them. */
const kinds = [
    ["docker plugin", "pulumi-resource-docker"],
    ["command plugin", "pulumi-resource-command"],
    ["pulumi", "pulumi"],
    ["language host", "pulumi-language-nodejs"],
    ["the program (node)", "node"],
] as const;

/** What the Commands start: our scripts, docker-machine, ssh. */
const scripts = "scripts and docker-machine";

/** One look at a run, by kind. */
type Look = ReadonlyMap<string, readonly Process[]>;

/**
 * Takes the memory of every process of an `up` that makes everything, and of a `preview` without
 * changes.
 */
export async function benchMemory(options: BenchOptions, ending: Ending): Promise<Finding> {
    if (!canSeeProcesses()) {
        return { text: "Memory is measured on Linux only.", isKept: true };
    }
    const { nodes, image } = options;
    const stack = await BenchStack.ofThisProject("bench-memory", { servers: nodes, image }, ending);
    const parts: string[] = [];
    for (const verb of ["up", "preview"] as const) {
        console.error(`pulumi ${verb} of ${nodes} nodes`);
        const watch = new Watch();
        await stack.run(verb, [], watch.start).finally(watch.stop);
        parts.push(watch.table(`\`pulumi ${verb}\`, ${nodes} lab nodes`));
    }
    await stack.close();
    return { text: parts.join("\n\n"), isKept: true };
}

/** Looks at a run again and again, and keeps the most that there was of everything. */
class Watch {
    /** Of each kind, the look at which it took most. */
    readonly #most = new Map<string, readonly Process[]>();
    #total = 0;
    #timer: NodeJS.Timeout | undefined;

    readonly start = (pid: number): void => {
        this.#timer = setInterval(() => {
            this.#keep(byKind(familyOf(pid)));
        }, interval);
    };

    readonly stop = (): void => {
        clearInterval(this.#timer);
    };

    #keep(look: Look): void {
        this.#total = Math.max(this.#total, shares([...look.values()].flat()));
        for (const [kind, processes] of look) {
            if (shares(processes) > shares(this.#most.get(kind) ?? [])) {
                this.#most.set(kind, processes);
            }
        }
    }

    table(title: string): string {
        const order = [...kinds.map(([kind]) => kind), scripts];
        const rows = order.flatMap((kind) => {
            const processes = this.#most.get(kind) ?? [];
            const resident = median(processes.map((one) => one.resident)).toFixed(0);
            const share = median(processes.map((one) => one.share)).toFixed(0);
            const sum = shares(processes).toFixed(0);
            return processes.length === 0
                ? []
                : [[kind, String(processes.length), resident, share, sum]];
        });
        return markdownTable(
            [title, "processes", "resident each, MB", "share each, MB", "shares in all, MB"],
            [...rows, ["all at once, at most", "", "", "", this.#total.toFixed(0)]],
        );
    }
}

function byKind(family: readonly Process[]): Look {
    const processes = new Map(family.map((one) => [one.pid, one]));
    const isScript = ({ parent }: Process): boolean => {
        const above = processes.get(parent);
        return above !== undefined && (above.name === "pulumi-resource-command" || isScript(above));
    };
    const look = new Map<string, Process[]>();
    for (const one of family) {
        const known = kinds.find(([, name]) => name === one.name)?.[0];
        const kind = isScript(one) ? scripts : (known ?? one.name);
        look.set(kind, [...(look.get(kind) ?? []), one]);
    }
    return look;
}

function shares(processes: readonly Process[]): number {
    return processes.reduce((sum, { share }) => sum + share, 0);
}
