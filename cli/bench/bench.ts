/**
 * Measures what is promised of speed, and the memory that a run takes: `npm run bench -- preview`,
 * `up`, `memory`, or all of them. Prints Markdown on standard output and what it is doing on
 * standard error. The exit code is 1 when a bound is broken or a measurement fails.
 */
import { delimiter } from "node:path";
import { announced, obtainToolbox } from "../stack/toolbox.ts";
import { Progress } from "../show/stepProgress.ts";
import { messageOf } from "../tools/obtain.ts";
import { binFolder } from "../tools/paths.ts";
import { Ending } from "./ending.ts";
import { benchMemory } from "./memory.ts";
import { readWords, type BenchName, type BenchOptions } from "./options.ts";
import { benchPreview } from "./preview.ts";
import type { Finding } from "./report.ts";
import { benchUp } from "./up.ts";

const measurements: Readonly<
    Record<BenchName, (options: BenchOptions, ending: Ending) => Promise<Finding>>
> = { preview: benchPreview, up: benchUp, memory: benchMemory };

async function bench(args: readonly string[], ending: Ending): Promise<void> {
    const { named, image, ...counts } = readWords(args);
    process.env.PATH = [binFolder, process.env.PATH ?? ""].join(delimiter);
    const options = { ...counts, image: image ?? (await obtainImage()) };
    for (const name of named) {
        console.error(`\n${name}`);
        const { text, isKept } = await measurements[name](options, ending);
        console.log(`\n${text}`);
        if (!isKept) {
            process.exitCode = 1;
        }
    }
}

/** Sees that all tools are there, as `npm start` does, and names the image that it would run. */
async function obtainImage(): Promise<string> {
    const toolbox = await obtainToolbox(announced(new Progress()));
    return toolbox.image.image;
}

const ending = new Ending();
try {
    await bench(process.argv.slice(2), ending);
} catch (error) {
    console.error(`\n${ending.signal.aborted ? "interrupted" : messageOf(error)}`);
    process.exitCode = 1;
} finally {
    await ending.end();
}
