import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";
import { projectRoot } from "../tools/paths.ts";
import type { TestResult } from "./results.ts";

/** The environment variable that says where the results go. */
export const resultsVariable = "TEST_RESULTS";

/** Writes what came of each test, with the reason of each skip, which vitest's own leave out. */
export default class ResultsReporter implements Reporter {
    onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
        const results = [
            ...modules.flatMap(moduleResults),
            ...unhandled.map((error) => broken("(no file)", "unhandled error", error)),
        ];
        const path = process.env[resultsVariable];
        if (path === undefined) {
            throw new Error(`${resultsVariable}: not set; expected the path of a file to write`);
        }
        writeFileSync(path, JSON.stringify(results, null, 4));
    }
}

function moduleResults(module: TestModule): TestResult[] {
    const file = relative(projectRoot, module.moduleId);
    const suites = [module, ...module.children.allSuites()];
    return [
        ...suites.flatMap((suite) =>
            suite.errors().map((error) => broken(file, "(outside of its tests)", error)),
        ),
        ...[...module.children.allTests()].map((test) => testResult(file, test)),
    ];
}

function testResult(file: string, test: TestCase): TestResult {
    const result = test.result();
    const common = { file, name: test.fullName };
    switch (result.state) {
        case "passed":
            return { ...common, state: "passed" };
        case "failed":
            return { ...common, state: "failed", reason: firstLine(result.errors[0]?.message) };
        default:
            return {
                ...common,
                state: "skipped",
                reason: ("note" in result ? result.note : undefined) ?? skipReason(test),
            };
    }
}

/** Why a test was skipped that does not say so itself. */
function skipReason({ options: { mode } }: TestCase): string {
    return mode === "run" ? "what prepares it failed" : `marked ${mode}`;
}

function broken(file: string, name: string, { message }: SerializedError): TestResult {
    return { file, name, state: "failed", reason: firstLine(message) };
}

function firstLine(text = "no message"): string {
    return text.split("\n")[0] ?? "";
}
