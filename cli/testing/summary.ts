import { table } from "../show/table.ts";
import { count, states, type LayerResult, type TestResult } from "./results.ts";

/**
 * The end of a test run: each layer, why something was skipped, what failed, and the count. What failed
 * is last, for often only the end of a long output is at hand.
 */
export function summaryText(results: readonly LayerResult[]): string {
    const tests = results.flatMap((result) => result.tests);
    const failures = tests.filter(({ state }) => state === "failed").map(line);
    return [
        table(["layer", ...states], results.flatMap(rows)),
        ...section("Left out, run by `npm test -- lab all`:", results.flatMap(leftOut)),
        ...section("Skipped:", results.flatMap(skips)),
        ...section("Failed:", failures),
        "",
        // The very last line is read by machines, too.
        states.map((state) => `${count(tests, state)} ${state}`).join(", "),
    ].join("\n");
}

/** One row for a layer; the checks, which are few and different, have a row each. */
function rows(result: LayerResult): string[][] {
    const { layer, tests } = result;
    const row = (name: string, counted: readonly TestResult[]) => [
        name,
        ...states.map((state) => String(count(counted, state))),
    ];
    return layer === "check"
        ? tests.map((test) => row(`check: ${test.name}`, [test]))
        : [row(titleOf(result), tests)];
}

/** A layer, with what it ran on: `lab, Pulumi 3.276.0, official providers`. */
function titleOf({ layer, pulumi, providers }: LayerResult): string {
    const cli = pulumi === undefined ? [] : [`Pulumi ${pulumi}`];
    return [layer, ...cli, ...(providers === undefined ? [] : [`${providers} providers`])].join(
        ", ",
    );
}

function section(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ["", title, ...lines.map((text) => `  ${text}`)];
}

/** A layer skipped as a whole is one line, and so are a file's tests that were skipped for one reason. */
function skips({ layer, tests, skipped }: LayerResult): string[] {
    if (skipped !== undefined) {
        return [`${layer}, all ${tests.length}: ${skipped}`];
    }
    const alike = Map.groupBy(
        tests.filter(({ state }) => state === "skipped"),
        ({ file, reason }) => JSON.stringify([file, reason]),
    );
    return [...alike.values()].flatMap(([first, ...others]) => {
        if (first === undefined || others.length === 0) {
            return first === undefined ? [] : [line(first)];
        }
        return [`${first.file}, ${others.length + 1} tests: ${first.reason ?? noReason}`];
    });
}

function leftOut({ left = [] }: LayerResult): string[] {
    return left.length === 0 ? [] : [left.join(", ")];
}

const noReason = "no reason given";

function line({ file, name, reason }: TestResult): string {
    return `${file} > ${name}: ${reason ?? noReason}`;
}
