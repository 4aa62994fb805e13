import { BenchStack } from "./benchStack.ts";
import type { BenchOptions } from "./options.ts";
import type { Ending } from "./ending.ts";
import { markdownTable, median, verdict, type Finding } from "./report.ts";

/** Seconds that our preview may take beyond that of an empty program. */
const bound = 2;

/**
 * Compares `pulumi preview` of a cluster in which nothing has changed with `pulumi preview` of a
 * program that declares nothing: the same CLI, the same Node, the same kind of state, in turns.
 */
export async function benchPreview(options: BenchOptions, ending: Ending): Promise<Finding> {
    const { nodes, rounds, image } = options;
    console.error(`making ${nodes} lab nodes`);
    const ours = await BenchStack.ofThisProject("bench-preview", { servers: nodes, image }, ending);
    await ours.run("up");
    const empty = await BenchStack.ofNothing("bench-empty", ending);
    await empty.run("up");

    const took = { ours: [] as number[], empty: [] as number[] };
    // The first round only warms the caches.
    for (let round = 0; round <= rounds; round += 1) {
        const pair = {
            ours: await ours.run("preview", ["--expect-no-changes"]),
            empty: await empty.run("preview", ["--expect-no-changes"]),
        };
        console.error(
            `round ${round}: ${pair.ours.seconds.toFixed(2)} s, ` +
                `empty ${pair.empty.seconds.toFixed(2)} s`,
        );
        if (round > 0) {
            took.ours.push(pair.ours.seconds);
            took.empty.push(pair.empty.seconds);
        }
    }
    await ours.close();
    await empty.close();

    const { text, isKept } = verdict(
        "Difference of the medians",
        median(took.ours) - median(took.empty),
        bound,
        " s",
    );
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
