import type { ProviderChoice } from "../tools/providers.ts";

/** What came of one test. */
export interface TestResult {
    /** The file, relative to the project. */
    readonly file: string;
    /** The test's name, with those of the groups it is in. */
    readonly name: string;
    readonly state: (typeof states)[number];
    /** Why it was skipped, or the first lines of how it failed. */
    readonly reason?: string | undefined;
}

/** What may come of a test, in the order of the summary's columns. */
export const states = ["passed", "failed", "skipped"] as const;

/** The layers of tests, from the fastest to the one that does harm to machines. */
export const layers = ["check", "unit", "graph", "engine", "conformance", "lab", "faults"] as const;

/** Those that run when none is named: faults take as long as all others together. */
export const usualLayers: readonly Layer[] = layers.filter((layer) => layer !== "faults");

/** One of the layers. */
export type Layer = (typeof layers)[number];

/** What came of a layer. */
export interface LayerResult {
    readonly layer: Layer;
    /** The version of Pulumi's CLI that it ran on, where it was one of those that are supported. */
    readonly pulumi?: string | undefined;
    /** The providers that its stacks were made by, where it made any. */
    readonly providers?: ProviderChoice["kind"] | undefined;
    readonly tests: readonly TestResult[];
    /** Files that were left out on purpose. @default none */
    readonly left?: readonly string[] | undefined;
    /** Why all of it was skipped, where it was. */
    readonly skipped?: string | undefined;
}

/** The layers in which a test is skipped for a missing piece alone. */
export const withoutSkips: readonly Layer[] = ["engine", "conformance", "lab"];

/** How the title of tests names a piece that they alone need, and that cannot be had here. */
const lacking = /: skipped, (.+ is missing \(.*\))/;

/**
 * Turns skipped tests into failed ones in a layer whose pieces are all there. The only good reason
 * to skip a test is a missing piece; one that needs more than its layer names it in its title.
 */
export function refuseSkips(result: LayerResult): LayerResult {
    return result.skipped === undefined
        ? { ...result, tests: result.tests.map(refuseSkip) }
        : result;
}

/** Gives skipped tests the reason that their titles name. */
export function nameLacks(result: LayerResult): LayerResult {
    const tests = result.tests.map((test) => ({ ...test, reason: lackOf(test) ?? test.reason }));
    return { ...result, tests };
}

function lackOf({ state, name }: TestResult): string | undefined {
    return state === "skipped" ? lacking.exec(name)?.[1] : undefined;
}

function refuseSkip(test: TestResult): TestResult {
    if (test.state !== "skipped") {
        return test;
    }
    const lack = lackOf(test);
    if (lack !== undefined) {
        return { ...test, reason: lack };
    }
    const reason = `skipped, though all it needs is there (${test.reason ?? "no reason"})`;
    return { ...test, state: "failed", reason };
}

/** How many tests of a state there are. */
export function count(tests: readonly TestResult[], state: TestResult["state"]): number {
    return tests.filter((test) => test.state === state).length;
}
