import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

import { labPartVariable, longLabTests, usualPart } from "./cli/testing/labParts.ts";

type TestOptions = TestProjectInlineConfiguration["test"];

/** A layer, whose tests are in the folder of its name; docs/architecture.md says what each proves. */
function layer(name: string, test: TestOptions, folder = name) {
    return { test: { name, include: [`test/${folder}/**/*.test.ts`], ...test } };
}

/** A layer that runs whole on each supported Pulumi CLI; or, where TEST_PULUMI is `path`, on the one on PATH. */
function layerOfEachPulumi(name: string, test: TestOptions) {
    const clis = process.env.TEST_PULUMI === "path" ? ["path"] : ["oldest", "newest"];
    return clis.map((cli) => layer(`${name}-${cli}`, test, name));
}

function timeouts(ms: number) {
    return { testTimeout: ms, hookTimeout: ms };
}

// Files share their modules: loading Pulumi's for each costs more than running the tests.
const shared = { isolate: false };
// Most tests wait as much as they work: one worker would leave a core idle.
const bothCores = { maxWorkers: 2 };
const prepared = { globalSetup: "test/support/prepareLayer.ts" };
// Machines of several stacks at once would only slow one another down.
const machines = { ...prepared, fileParallelism: false, ...timeouts(600_000) };
// Forming, no change by a second `up` and a refresh, a rolling change, interruptions, and destroying.
const mainJob = ["test/lab/forming.test.ts", "test/lab/interrupted.test.ts"];

// `npm test` leaves them out; `npx vitest --project lab` runs all.
const left = process.env[labPartVariable] === usualPart ? longLabTests : [];

export default defineConfig({
    test: {
        projects: [
            layer("check", { ...bothCores, ...timeouts(300_000) }),
            // They take milliseconds; on a busy computer some wait for whole seconds.
            layer("unit", { ...shared, ...bothCores, ...timeouts(20_000) }),
            layer("graph", { ...shared, ...bothCores }),
            ...layerOfEachPulumi("engine", { ...prepared, ...bothCores, ...timeouts(120_000) }),
            layer("conformance", { ...prepared, ...bothCores, ...timeouts(120_000) }),
            layer("lab", { ...machines, exclude: [...configDefaults.exclude, ...left] }),
            // The main job, by embedded providers, for where the layer above runs on Pulumi's own.
            layer("lab-embedded", { ...machines, include: mainJob }),
            layer("faults", machines),
        ],
    },
});
