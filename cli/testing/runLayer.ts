import { relative } from "node:path";
import { createVitest, parseCLI, type TestCase, type TestModule } from "vitest/node";
import { projectRoot } from "../tools/paths.ts";
import type { Layer, LayerResult, TestResult } from "./results.ts";

/**
 * Runs one layer, a project of vitest.config.ts, or several where it runs on more than one Pulumi CLI. The lab's main
 * job runs on embedded providers too, where the lab itself has run on Pulumi's own.
 *
 * @param args vitest's own arguments: which of its tests to run, and how.
 * @param ending aborted by a signal to this process: the tests at work finish, no other starts.
 */
export async function runLayer(
    layer: Layer,
    args: readonly string[],
    ending: AbortController,
): Promise<LayerResult[]> {
    const project = layer === "engine" ? "engine-*" : layer;
    const results = await runProjects({ layer, project, args, ending });
    const isOfficial = layer === "lab" && results.some((one) => one.providers === "official");
    if (!isOfficial || ending.signal.aborted) {
        return results;
    }
    const again = { layer, project: "lab-embedded", args, ending, mayBeEmpty: true };
    return [...results, ...(await runProjects(again))];
}

/** What is run at once. */
interface ProjectRun {
    readonly layer: Layer;
    /** The projects' name, or a pattern of several. */
    readonly project: string;
    readonly args: readonly string[];
    readonly ending: AbortController;
    /** Whether the arguments may choose none of its tests. @default that is a failure */
    readonly mayBeEmpty?: boolean;
}

async function runProjects(run: ProjectRun): Promise<LayerResult[]> {
    const { layer, project, args, ending } = run;
    const fixed = [
        "--project",
        project,
        "--reporter=default",
        "--passWithNoTests",
        "--no-allowOnly",
    ];
    const { filter, options } = parseCLI(["vitest", "run", ...fixed, ...args]);
    process.exitCode = undefined;
    const vitest = await createVitest({ ...options, root: projectRoot });
    if (run.mayBeEmpty === true && (await vitest.globTestSpecifications(filter)).length === 0) {
        await vitest.close();
        return [];
    }
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        // Vitest's own handlers end this process before it has cleaned up.
        process.removeAllListeners(signal).on(signal, () => {
            ending.abort();
            void vitest.cancelCurrentRun("keyboard-input");
        });
    }
    const { testModules, unhandledErrors } = await vitest
        .start(filter)
        .catch((error: unknown) => ({ testModules: [], unhandledErrors: [error] }));
    const results = vitest.projects.map((one): LayerResult => {
        const { missing, pulumi, providers } = one.getProvidedContext();
        const modules = testModules.filter((module) => module.project === one);
        const tests = modules.flatMap((module) => moduleResults(module, missing));
        return { layer, pulumi: pulumi?.version, providers, tests, skipped: missing };
    });
    await vitest.close();
    const others = unhandledErrors.map((error) => failed("(no file)", "unhandled error", error));
    return withExit(others.length === 0 ? results : [...results, { layer, tests: others }], layer);
}

function moduleResults(module: TestModule, missing: string | undefined): TestResult[] {
    const file = relative(projectRoot, module.moduleId);
    const errors = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
    return [
        ...errors.map((error) => failed(file, "(outside of its tests)", error)),
        ...Array.from(module.children.allTests(), (test) => testResult(file, test, missing)),
    ];
}

function testResult(file: string, test: TestCase, missing: string | undefined): TestResult {
    const result = test.result();
    switch (result.state) {
        case "passed":
            return { file, name: test.fullName, state: "passed" };
        case "failed":
            return failed(file, test.fullName, result.errors[0]);
        default: {
            const { mode } = test.options;
            const silent = mode === "run" ? "what prepares it failed" : `marked ${mode}`;
            const note = "note" in result ? result.note : undefined;
            return {
                file,
                name: test.fullName,
                state: "skipped",
                reason: missing ?? note ?? silent,
            };
        }
    }
}

function failed(file: string, name: string, error: unknown): TestResult {
    const message: unknown = Reflect.get(Object(error), "message");
    const [reason] = typeof message === "string" ? message.split("\n") : ["no message"];
    return { file, name, state: "failed", reason };
}

/** Vitest's exit code is respected: what it found wrong counts, even where no test failed. */
export function withExit(
    results: LayerResult[],
    layer: Layer,
    code: typeof process.exitCode = process.exitCode,
): LayerResult[] {
    const hasFailed = results.some(({ tests }) => tests.some(({ state }) => state === "failed"));
    if (!code || hasFailed) {
        return results;
    }
    const reason = `ended with exit code ${code}; its own message is above`;
    return [
        ...results,
        { layer, tests: [{ file: "vitest", name: "run", state: "failed", reason }] },
    ];
}
