import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import { run, tail } from "../tools/run.ts";
import { resultsVariable } from "./reporter.ts";
import { testResultsSchema, type Layer, type LayerResult, type TestResult } from "./results.ts";

/** Where results are kept, one file a layer and one of all. */
export const resultsFolder: string = join(stateFolder, "test");

const packageFile = createRequire(import.meta.url).resolve("vitest/package.json");
const vitest = join(dirname(packageFile), "vitest.mjs");
const reporter = join(import.meta.dirname, "reporter.ts");

/** How a layer is run. */
export interface RunLayerOptions {
    /** What vitest is told to run of it. */
    readonly filters: readonly string[];
    /** What its tests are told by their environment. */
    readonly env: NodeJS.ProcessEnv;
    /** Ends the run. */
    readonly signal: AbortSignal;
}

/** Runs one layer; a run that breaks off before it can tell is one failed test. */
export async function runLayer(
    layer: Layer,
    { filters, env, signal }: RunLayerOptions,
): Promise<LayerResult> {
    const file = join(resultsFolder, `${layer}.json`);
    mkdirSync(resultsFolder, { recursive: true });
    rmSync(file, { force: true });
    const args = ["run", "--project", layer, "--passWithNoTests", "--no-allowOnly", ...filters];
    const code = await new Promise<number>((resolve, reject) => {
        const child = spawn(
            process.execPath,
            [vitest, ...args, "--reporter=default", `--reporter=${reporter}`],
            {
                cwd: projectRoot,
                stdio: ["ignore", "inherit", "inherit"],
                env: { ...process.env, ...env, [resultsVariable]: file },
            },
        );
        const end = () => child.kill("SIGTERM");
        signal.addEventListener("abort", end);
        child.once("error", reject).once("close", (exit) => {
            signal.removeEventListener("abort", end);
            resolve(exit ?? 1);
        });
    });
    return { layer, tests: withExit(readResults(file), code) };
}

function readResults(file: string): TestResult[] {
    return existsSync(file) ? testResultsSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : [];
}

/** Vitest's exit code is never contradicted: what it found wrong counts, even without a test. */
export function withExit(tests: readonly TestResult[], code: number): TestResult[] {
    const isTold = code === 0 || tests.some(({ state }) => state === "failed");
    const lost: TestResult = {
        file: "vitest",
        name: "run",
        state: "failed",
        reason: `ended with exit code ${code}; its own message is above`,
    };
    return isTold ? [...tests] : [...tests, lost];
}

/** The tests of a layer that cannot run, each skipped for the same reason. */
export async function skipLayer(layer: Layer, reason: string): Promise<LayerResult> {
    const list = join(resultsFolder, `${layer}-list.json`);
    mkdirSync(resultsFolder, { recursive: true });
    rmSync(list, { force: true });
    const args = ["list", "--project", layer, "--no-staticParse", "--passWithNoTests"];
    const listed = await run(process.execPath, [vitest, ...args, `--json=${list}`], {
        cwd: projectRoot,
        // Told that their pieces are there, the tests let themselves be counted. None is run.
        env: { LAB_IMAGE: "none" },
    });
    if (listed.code !== 0 || !existsSync(list)) {
        return { layer, tests: withExit([], listed.code || 1), skipped: tail(listed) };
    }
    const rows = JSON.parse(readFileSync(list, "utf8")) as { name: string; file: string }[];
    const tests = rows.map(({ name, file }): TestResult => {
        const path = file.replace(`${projectRoot}/`, "");
        return { file: path, name, state: "skipped", reason };
    });
    return { layer, tests, skipped: reason };
}
