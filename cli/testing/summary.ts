import { table } from "../show/table.ts";
import { count, states, type LayerResult, type TestResult } from "./results.ts";

/** The end of a test run: each layer, what failed, why something was skipped, and the count. */
export function summaryText(results: readonly LayerResult[]): string {
    const tests = results.flatMap((result) => result.tests);
    const failures = tests.filter(({ state }) => state === "failed").map(line);
    return [
        table(["layer", ...states], results.flatMap(rows)),
        ...section("Failed:", failures),
        ...section("Skipped:", results.flatMap(skips)),
        "",
        // The very last line is read by machines, too.
        states.map((state) => `${count(tests, state)} ${state}`).join(", "),
    ].join("\n");
}

/** One row for a layer; the checks, which are few and different, have a row each. */
function rows({ layer, tests }: LayerResult): string[][] {
    const row = (name: string, counted: readonly TestResult[]) => [
        name,
        ...states.map((state) => String(count(counted, state))),
    ];
    return layer === "check"
        ? tests.map((test) => row(`check: ${test.name}`, [test]))
        : [row(layer, tests)];
}

function section(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ["", title, ...lines.map((text) => `  ${text}`)];
}

/** A layer skipped as a whole is one line; a test skipped alone has its own. */
function skips({ layer, tests, skipped }: LayerResult): string[] {
    return skipped === undefined
        ? tests.filter(({ state }) => state === "skipped").map(line)
        : [`${layer}, all ${tests.length}: ${skipped}`];
}

function line({ file, name, reason }: TestResult): string {
    return `${file} > ${name}: ${reason ?? "no reason given"}`;
}
