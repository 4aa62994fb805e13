import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startedDaemon } from "./tools/dockerDaemon.ts";
import { holdEngine } from "./tools/engineHold.ts";
import { runTask } from "./show/failure.ts";
import { Progress } from "./show/stepProgress.ts";
import { leaveEngine } from "./stack/leaveEngine.ts";
import { announced } from "./stack/toolbox.ts";
import { prepareLayer } from "./testing/needs.ts";
import {
    count,
    layers,
    refuseSkips,
    usualLayers,
    type Layer,
    type LayerResult,
} from "./testing/results.ts";
import { summaryText } from "./testing/summary.ts";
import { resultsFolder, runLayer, skipLayer } from "./testing/vitest.ts";

/** `npm test -- unit lab -t "…"`: layers by name, the usual ones without; the rest is for vitest. */
async function test(args: readonly string[]): Promise<void> {
    const named = layers.filter((layer) => args.includes(layer));
    const filters = args.filter((arg) => !layers.some((layer) => layer === arg));
    // One that runs already serves a cluster, or is somebody's; it stays.
    const hadDaemon = startedDaemon() !== undefined;
    const endHold = await holdEngine("npm test");
    const ending = endOnRequest();

    const results: LayerResult[] = [];
    try {
        for (const layer of named.length > 0 ? named : usualLayers) {
            if (!ending.aborted) {
                results.push(await testLayer(layer, filters, ending));
            }
        }
    } finally {
        await endHold();
        if (!hadDaemon) {
            await leaveEngine(new Progress());
        }
    }
    mkdirSync(resultsFolder, { recursive: true });
    writeFileSync(join(resultsFolder, "results.json"), JSON.stringify(results, null, 4));
    console.log(`\n${summaryText(results)}`);
    process.exitCode = ending.aborted || count(results, "failed") > 0 ? 1 : 0;
}

/** A request to end lets the tests in hand clean up after themselves, and starts no more. */
function endOnRequest(): AbortSignal {
    const ending = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            ending.abort();
        });
    }
    return ending.signal;
}

async function testLayer(
    layer: Layer,
    filters: readonly string[],
    signal: AbortSignal,
): Promise<LayerResult> {
    console.log(`\n${layer}`);
    const readiness = await prepareLayer(layer, announced(new Progress()));
    if ("missing" in readiness) {
        return skipLayer(layer, readiness.missing);
    }
    const result = await runLayer(layer, { filters, env: readiness.env, signal });
    // Without its pieces the layer would not have run; and a filter skips on purpose.
    return layer === "lab" && filters.length === 0 ? refuseSkips(result) : result;
}

await runTask(test);
