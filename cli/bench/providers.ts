import { availableParallelism } from "node:os";
import { BenchStack, type BenchOptions } from "./benchStack.ts";
import type { ProviderKind } from "./benchTools.ts";
import type { Cleanup } from "./cleanup.ts";
import { descendants, during, isProvider } from "./processes.ts";
import { markdownTable, median, seconds, verdict, type Finding } from "./report.ts";
import type { Verb } from "./stackRunner.ts";

/** Seconds that a preview with no change of so many machines may take, on two cores. */
const previewBound = (machines: number) => 4 + 0.1 * Math.max(0, machines - 3);

/** Seconds that `up` of 20 machines may take, on two cores. */
const upBound = "60 s for 20 machines on two cores";

/** Resident memory that the embedded providers may take, in MB, whatever the number of machines. */
const memoryBound = 200;

/** The embedded providers take at most this fraction of the time that Pulumi's own do. */
const ratioBound = 1;

/** Milliseconds between two samples of the providers' memory; they take time that is measured. */
const intervalMs = 500;

const verbs: readonly Verb[] = ["up", "preview", "destroy"];

/** The memory of all providers together, in MB, and the number of their processes: at most, each by itself. */
class Peak {
    processes = 0;
    resident = 0;
    share = 0;

    /** Adds them as they are now. */
    readonly sample = (): void => {
        const now = descendants(isProvider);
        const sum = (of: "resident" | "share") => now.reduce((all, one) => all + one[of], 0);
        this.processes = Math.max(this.processes, now.length);
        this.resident = Math.max(this.resident, sum("resident"));
        this.share = Math.max(this.share, sum("share"));
    };
}

/** What was measured of one kind of providers, with one number of machines. */
class Figures {
    readonly #took: Record<Verb, number[]> = { up: [], preview: [], destroy: [] };
    readonly peaks: Readonly<Record<Verb, Peak>> = {
        up: new Peak(),
        preview: new Peak(),
        destroy: new Peak(),
    };

    add(verb: Verb, value: number): void {
        this.#took[verb].push(value);
    }

    /** Seconds, the median where there are several. */
    seconds(verb: Verb): number {
        return median(this.#took[verb]);
    }

    /** The highest resident memory of the operations. */
    get resident(): number {
        return Math.max(...verbs.map((verb) => this.peaks[verb].resident));
    }
}

/** The figures of each kind of providers that is there. */
type Comparison = ReadonlyMap<ProviderKind, Figures>;

/**
 * Compares Pulumi's own providers with those of this project, in time and memory: an `up` of a new stack, previews
 * with no change, and `destroy`. The same with the servers alone says what a further machine costs. Where Pulumi's
 * own are not there, the others are measured against their bounds in seconds.
 */
export async function benchProviders(options: BenchOptions, cleanup: Cleanup): Promise<Finding> {
    const { nodes, servers } = options;
    // The smaller one first: it has everything read from disk once.
    const few = nodes > servers ? await compare(servers, options, cleanup) : undefined;
    const all = await compare(nodes, options, cleanup);
    const findings = judge(nodes, all);
    const tables = [timeTable(options, all, few)];
    if (process.platform === "linux") {
        tables.push(memoryTable(nodes, all));
    }
    const how = options.tools.isTyped ? "`pulumi` typed" : "the verbs of `npm run`";
    const place = `By ${how}; ${availableParallelism()} cores; Node ${process.versions.node}.`;
    return {
        text: [...tables, place, findings.map(({ text }) => `- ${text}`).join("\n")].join("\n\n"),
        isKept: findings.every(({ isKept }) => isKept),
    };
}

/** Measures all kinds on stacks of so many machines, one after another. */
async function compare(
    nodes: number,
    options: BenchOptions,
    cleanup: Cleanup,
): Promise<Comparison> {
    const { kinds } = options.tools;
    const figures = new Map(kinds.map((kind) => [kind, new Figures()]));
    for (const [kind, own] of figures) {
        const name = "bench-providers";
        const stack = await BenchStack.ofThisProject(name, { ...options, nodes }, cleanup);
        await timed(stack, "up", kind, own, nodes);
        // Which of them made the stack does not matter to the others, and in turns they are compared best.
        if (kind === kinds.at(-1)) {
            await previews(stack, figures, nodes, options.rounds);
        }
        await timed(stack, "destroy", kind, own, nodes);
        await stack.close();
    }
    return figures;
}

/** Measures time and memory of one operation. */
async function timed(
    stack: BenchStack,
    verb: "up" | "destroy",
    kind: ProviderKind,
    figures: Figures,
    nodes: number,
): Promise<void> {
    const run = () => stack.run(verb, { providers: kind });
    const { seconds: took } = await during(run, intervalMs, figures.peaks[verb].sample);
    figures.add(verb, took);
    console.error(`${verb} of ${nodes} machines, ${kind}: ${took.toFixed(1)} s`);
}

/** Measures previews with no change, in turns; the memory in a first round whose time does not count. */
async function previews(
    stack: BenchStack,
    figures: Comparison,
    nodes: number,
    rounds: number,
): Promise<void> {
    for (let round = 0; round <= rounds; round += 1) {
        for (const [kind, own] of figures) {
            const words = ["--expect-no-changes"];
            const run = () => stack.run("preview", { providers: kind, words });
            const { seconds: took } = await (round === 0
                ? during(run, intervalMs / 5, own.peaks.preview.sample)
                : run());
            if (round > 0) {
                own.add("preview", took);
            }
            console.error(
                `preview of ${nodes} machines, round ${round}, ${kind}: ${took.toFixed(2)} s`,
            );
        }
    }
}

function timeTable(
    { nodes, servers, rounds }: BenchOptions,
    all: Comparison,
    few: Comparison | undefined,
): string {
    const kinds = [...all.keys()];
    const row = (what: string, of: (kind: ProviderKind) => number | undefined, digits = 1) => [
        what,
        ...kinds.map((kind) => of(kind)?.toFixed(digits) ?? ""),
    ];
    const further = (kind: ProviderKind) =>
        (secondsOf(all, kind, "preview") - secondsOf(few, kind, "preview")) / (nodes - servers);
    const ofFew =
        few === undefined
            ? []
            : [
                  row(`- of ${servers} machines`, (kind) => secondsOf(few, kind, "preview"), 2),
                  row("- for each further machine", further, 3),
                  row(`\`up\` of ${servers} machines`, (kind) => secondsOf(few, kind, "up")),
                  row(`\`destroy\` of them`, (kind) => secondsOf(few, kind, "destroy")),
              ];
    return markdownTable(
        [`${nodes} lab machines, ${servers} of them servers; seconds`, ...kinds],
        [
            row("`up` of a new stack", (kind) => secondsOf(all, kind, "up")),
            row("`destroy`", (kind) => secondsOf(all, kind, "destroy")),
            row(
                `\`preview\` with no change, median of ${rounds}`,
                (kind) => secondsOf(all, kind, "preview"),
                2,
            ),
            ...ofFew,
        ],
    );
}

function secondsOf(figures: Comparison | undefined, kind: ProviderKind, verb: Verb): number {
    return figures?.get(kind)?.seconds(verb) ?? Number.NaN;
}

function memoryTable(nodes: number, figures: Comparison): string {
    const rows = verbs.flatMap((verb) =>
        [...figures].map(([kind, { peaks }]) => {
            const { processes, resident, share } = peaks[verb];
            return [`\`${verb}\``, kind, String(processes), resident.toFixed(0), share.toFixed(0)];
        }),
    );
    return markdownTable(
        [
            `all providers of ${nodes} machines, at most`,
            "providers",
            "processes",
            "resident in all, MB",
            "shares in all, MB",
        ],
        rows,
    );
}

/** Judges the embedded ones: as a ratio where Pulumi's own are there, for seconds follow the computer. */
function judge(nodes: number, figures: Comparison): Finding[] {
    const embedded = figures.get("embedded");
    if (embedded === undefined) {
        return [];
    }
    const official = figures.get("official");
    const preview = embedded.seconds("preview");
    const up = `\`up\`: ${seconds(embedded.seconds("up"))} s, promised ${upBound}.`;
    const memory =
        process.platform === "linux"
            ? [verdict(embedded.resident, memoryBound, "Resident memory", " MB")]
            : [];
    if (official === undefined) {
        const bound = Number(previewBound(nodes).toFixed(1));
        return [
            verdict(preview, bound, "`preview` on two cores", " s"),
            { text: up, isKept: true },
            ...memory,
        ];
    }
    const ratio = (verb: Verb) =>
        verdict(
            embedded.seconds(verb) / official.seconds(verb),
            ratioBound,
            `\`${verb}\`, embedded to official`,
        );
    const promised = `promised ${previewBound(nodes).toFixed(1)} s on two cores.`;
    const text = `\`preview\`: ${preview.toFixed(2)} s, ${promised}`;
    return [
        { text, isKept: true },
        ratio("preview"),
        { text: up, isKept: true },
        ratio("up"),
        ...memory,
    ];
}
