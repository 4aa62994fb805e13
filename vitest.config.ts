import { defineConfig } from "vitest/config";

/** The layers; docs/architecture.md says what each proves. */
export default defineConfig({
    test: {
        projects: [
            {
                test: {
                    name: "check",
                    include: ["test/check/**/*.test.ts"],
                    // Each test waits for a program that takes a core for itself.
                    maxWorkers: 2,
                    testTimeout: 300_000,
                    hookTimeout: 300_000,
                },
            },
            // Files share their modules: loading Pulumi's for each costs more than running the tests.
            // Many wait as much as they work; one worker leaves a core idle.
            {
                test: {
                    name: "unit",
                    include: ["test/unit/**/*.test.ts"],
                    isolate: false,
                    maxWorkers: 2,
                },
            },
            {
                test: {
                    name: "graph",
                    include: ["test/graph/**/*.test.ts"],
                    isolate: false,
                    maxWorkers: 2,
                },
            },
            {
                test: {
                    name: "engine",
                    include: ["test/engine/**/*.test.ts"],
                    globalSetup: "test/support/prepareLayer.ts",
                    // Each file waits for the engine more than it works; one worker leaves a core idle.
                    maxWorkers: 2,
                    testTimeout: 120_000,
                    hookTimeout: 120_000,
                },
            },
            {
                test: {
                    name: "lab",
                    include: ["test/lab/**/*.test.ts"],
                    globalSetup: "test/support/prepareLayer.ts",
                    // Machines of several stacks at once would only slow one another down.
                    fileParallelism: false,
                    testTimeout: 600_000,
                    hookTimeout: 600_000,
                },
            },
            {
                test: {
                    name: "faults",
                    include: ["test/faults/**/*.test.ts"],
                    globalSetup: "test/support/prepareLayer.ts",
                    fileParallelism: false,
                    testTimeout: 600_000,
                    hookTimeout: 600_000,
                },
            },
        ],
    },
});
