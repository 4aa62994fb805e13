import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

/** A layer, whose tests are in the folder of its name; docs/architecture.md says what each proves. */
function layer(name: string, test: TestProjectInlineConfiguration["test"]) {
    return { test: { name, include: [`test/${name}/**/*.test.ts`], ...test } };
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
const oneByOne = { fileParallelism: false };

export default defineConfig({
    test: {
        projects: [
            layer("check", { ...bothCores, ...timeouts(300_000) }),
            layer("unit", { ...shared, ...bothCores }),
            layer("graph", { ...shared, ...bothCores }),
            layer("engine", { ...prepared, ...bothCores, ...timeouts(120_000) }),
            layer("lab", { ...prepared, ...oneByOne, ...timeouts(600_000) }),
            layer("faults", { ...prepared, ...oneByOne, ...timeouts(600_000) }),
        ],
    },
});
