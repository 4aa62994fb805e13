import { table } from "../show/table.ts";
import { count, type LayerResult } from "./results.ts";

/** The end of a test run: each layer, what failed, why something was skipped, and the count. */
export function summaryText(results: readonly LayerResult[]): string {
    const rows = results.map((result) => [
        result.layer,
        ...(["passed", "failed", "skipped"] as const).map((state) =>
            String(count([result], state)),
        ),
    ]);
    return [
        table(["layer", "passed", "failed", "skipped"], rows),
        ...section("Failed:", failures(results)),
        ...section("Skipped:", skips(results)),
        "",
        totals(results),
    ].join("\n");
}

/** The very last line, which machines read too. */
export function totals(results: readonly LayerResult[]): string {
    const [passed, failed, skipped] = (["passed", "failed", "skipped"] as const).map((state) =>
        count(results, state),
    );
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function section(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function failures(results: readonly LayerResult[]): string[] {
    return results
        .flatMap(({ tests }) => tests)
        .filter(({ state }) => state === "failed")
        .map(({ file, name, reason }) => `${file} > ${name}: ${reason ?? "no reason given"}`);
}

/** A layer skipped as a whole is one line; a test skipped alone has its own. */
function skips(results: readonly LayerResult[]): string[] {
    return results.flatMap(({ layer, tests, skipped }) => {
        if (skipped !== undefined) {
            return [`${layer}, all ${tests.length}: ${skipped}`];
        }
        return tests
            .filter(({ state }) => state === "skipped")
            .map(({ file, name, reason }) => `${file} > ${name}: ${reason ?? "no reason given"}`);
    });
}
