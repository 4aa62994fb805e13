import { defineConfig } from "vitest/config";

/** The layers; README.md says what each proves. */
export default defineConfig({
    test: {
        projects: [
            // Files share their modules: to load Pulumi's anew for each costs more than to run the tests.
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
                    fileParallelism: false,
                    testTimeout: 600_000,
                    hookTimeout: 600_000,
                },
            },
        ],
    },
});
