import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startedDaemon } from "./tools/dockerDaemon.ts";
import { holdEngine } from "./tools/engineHold.ts";
import { stateFolder } from "./tools/paths.ts";
import { commandLine, runTask } from "./show/task.ts";
import { Progress } from "./show/stepProgress.ts";
import { releaseEngine } from "./stack/toolbox.ts";
import {
    layers,
    nameLacks,
    refuseSkips,
    usualLayers,
    withoutSkips,
    type LayerResult,
} from "./testing/results.ts";
import { allWord, labPartVariable, longLabTests, usualPart } from "./testing/labParts.ts";
import { runLayer } from "./testing/runLayer.ts";
import { summaryText } from "./testing/summary.ts";

/**
 * `npm test -- unit lab -t "…"`: layers by name, the usual ones without; the rest is for vitest. Of the lab a part
 * runs, and all of it by `npm test -- lab all`.
 */
async function test(args: readonly string[]): Promise<void> {
    commandLine("npm test", `Runs tests, by default those of ${usualLayers.join(", ")}.`)
        .argument("[words...]", `layers (${layers.join(", ")}), and arguments of vitest`)
        .allowUnknownOption()
        .parse(args, { from: "user" });
    const named = layers.filter((layer) => args.includes(layer));
    const isAll = named.includes("lab") && args.includes(allWord);
    const words: readonly string[] = isAll ? [...layers, allWord] : layers;
    const filters = args.filter((arg) => !words.includes(arg));
    // A file that is named runs, whatever part of the lab it is in.
    const isPart = !isAll && filters.length === 0;
    if (isPart) {
        process.env[labPartVariable] = usualPart;
    }
    // An engine that runs already may be in use; it stays.
    const hadDaemon = (await startedDaemon()) !== undefined;
    const endHold = await holdEngine("npm test");
    const results: LayerResult[] = [];
    const ending = new AbortController();
    try {
        for (const layer of named.length > 0 ? named : usualLayers) {
            if (!ending.signal.aborted) {
                console.log(`\n${layer}`);
                const ended = await runLayer(layer, filters, ending);
                // A filter skips on purpose.
                const complete = withoutSkips.includes(layer) && filters.length === 0;
                const left = layer === "lab" && isPart ? longLabTests : [];
                const checked = ended.map(complete ? refuseSkips : nameLacks);
                results.push(...checked.map((one, index) => (index > 0 ? one : { ...one, left })));
            }
        }
    } finally {
        await endHold();
        if (!hadDaemon) {
            await releaseEngine(new Progress());
        }
    }
    const folder = join(stateFolder, "test");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "results.json"), JSON.stringify(results, null, 4));
    console.log(`\n${summaryText(results)}`);
    const failed = results.some(({ tests }) => tests.some(({ state }) => state === "failed"));
    process.exitCode = ending.signal.aborted || failed ? 1 : 0;
}

await runTask(test);
