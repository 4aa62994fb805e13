import { z } from "zod";

const testResultSchema = z.object({
    /** The file, relative to the project. */
    file: z.string(),
    /** The test's name, with those of the groups it is in. */
    name: z.string(),
    state: z.enum(["passed", "failed", "skipped"]),
    /** Why it was skipped, or the first line of how it failed. */
    reason: z.string().optional(),
});

/** What came of one test. */
export type TestResult = z.infer<typeof testResultSchema>;

/** What the reporter writes and the summary reads. */
export const testResultsSchema = z.array(testResultSchema);

/** The layers of tests, from the fastest to the one that does harm to machines. */
export const layers = ["unit", "graph", "engine", "lab", "faults"] as const;

/** Those that run when none is named: faults take as long as all others together. */
export const usualLayers: readonly Layer[] = layers.filter((layer) => layer !== "faults");

/** One of the layers. */
export type Layer = (typeof layers)[number];

/** What came of a layer. */
export interface LayerResult {
    readonly layer: Layer;
    readonly tests: readonly TestResult[];
    /** Why all of it was skipped, where it was. */
    readonly skipped?: string | undefined;
}

/** How the title of tests names a piece that they alone need, and that is not to be had. */
const lacking = /: skipped, (.+ is missing \(.*\))/;

/**
 * Turns skipped tests into failed ones in a layer whose pieces are all there: that nothing can be
 * tried for want of a piece is the only good reason to skip one, and a test that needs one more piece
 * than its layer says so in its title.
 */
export function refuseSkips({ layer, tests }: LayerResult): LayerResult {
    return { layer, tests: tests.map(refuseSkip) };
}

function refuseSkip(test: TestResult): TestResult {
    if (test.state !== "skipped") {
        return test;
    }
    const lack = lacking.exec(test.name)?.[1];
    if (lack !== undefined) {
        return { ...test, reason: lack };
    }
    const reason = `skipped, though all it needs is there (${test.reason ?? "no reason"})`;
    return { ...test, state: "failed", reason };
}

/** How many tests of a state these layers have. */
export function count(results: readonly LayerResult[], state: TestResult["state"]): number {
    return results.flatMap(({ tests }) => tests).filter((test) => test.state === state).length;
}
