import { BenchStack, type BenchOptions } from "./benchStack.ts";
import type { Cleanup } from "./cleanup.ts";
import { markdownTable, median, verdict, type Finding } from "./report.ts";

/** How many times as long as that of an empty program our preview may take; docs/bench.md says why a ratio. */
const bound = 4.2;

/**
 * Compares `pulumi preview` of a cluster in which nothing has changed with `pulumi preview` of a
 * program that declares nothing: the same CLI, the same Node, the same kind of state, in turns.
 */
export async function benchPreview(options: BenchOptions, cleanup: Cleanup): Promise<Finding> {
    const { nodes, rounds, tools } = options;
    console.error(`making ${nodes} lab nodes`);
    const ours = await BenchStack.ofThisProject("bench-preview", options, cleanup);
    await ours.run("up");
    const empty = await BenchStack.ofNothing("bench-empty", tools, cleanup);
    await empty.run("up");

    const took: Record<"ours" | "empty", number[]> = { ours: [], empty: [] };
    // The first round only warms the caches.
    for (let round = 0; round <= rounds; round += 1) {
        const a = (await ours.run("preview", { words: ["--expect-no-changes"] })).seconds;
        const b = (await empty.run("preview", { words: ["--expect-no-changes"] })).seconds;
        console.error(`round ${round}: ${a.toFixed(2)} s, empty ${b.toFixed(2)} s`);
        if (round > 0) {
            took.ours.push(a);
            took.empty.push(b);
        }
    }
    await ours.close();
    await empty.close();

    const { text, isKept } = verdict(median(took.ours) / median(took.empty), bound);
    const row = (name: string, values: readonly number[]) => [
        name,
        ...[median(values), Math.min(...values), Math.max(...values)].map((n) => n.toFixed(2)),
    ];
    const table = markdownTable(
        [`\`pulumi preview\`, ${rounds} rounds in turns`, "median, s", "least, s", "most, s"],
        [row(`${nodes} lab nodes, no change`, took.ours), row("an empty program", took.empty)],
    );
    return { text: `${table}\n\n${text}`, isKept };
}
