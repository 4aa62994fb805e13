/**
 * Measures speed, against its promised bounds, and the memory that a run takes. Prints Markdown on
 * standard output and its progress on standard error. The exit code is 1 when a bound is broken or a
 * measurement fails.
 */
import { delimiter } from "node:path";
import { Argument, InvalidArgumentError } from "@commander-js/extra-typings";
import { Progress } from "../show/stepProgress.ts";
import { commandLine, runTask } from "../show/task.ts";
import { announced, obtainToolbox } from "../stack/toolbox.ts";
import { binFolder } from "../tools/paths.ts";
import { Cleanup } from "./cleanup.ts";
import { benchMemory } from "./memory.ts";
import { benchPreview } from "./preview.ts";
import { benchUp } from "./up.ts";

const measurements = { preview: benchPreview, up: benchUp, memory: benchMemory } as const;
const names = ["preview", "up", "memory"] as const;

async function bench(args: readonly string[], cleanup: Cleanup): Promise<void> {
    const command = commandLine("npm run bench", "Measures time and memory, of all or of these.")
        .addArgument(new Argument("[measurements...]", "what is measured").choices(names))
        .option("--nodes <number>", "servers of the cluster", count(9), 5)
        .option("--rounds <number>", "previews of each kind that are timed", count(99), 7)
        .option("--image <image>", "a reference to pull, or an archive; the stack's otherwise")
        .parse(args, { from: "user" });
    const [named] = command.processedArgs;
    const { nodes, rounds, image } = command.opts();
    process.env.PATH = [binFolder, process.env.PATH ?? ""].join(delimiter);
    const options = { nodes, rounds, image: image ?? (await obtainImage()) };
    for (const name of names.filter((one) => named.length === 0 || named.includes(one))) {
        console.error(`\n${name}`);
        const { text, isKept } = await measurements[name](options, cleanup);
        console.log(`\n${text}`);
        if (!isKept) {
            process.exitCode = 1;
        }
    }
}

/** Reads a number of at least 1. */
function count(most: number): (text: string) => number {
    return (text) => {
        const value = Number(text);
        if (!Number.isInteger(value) || value < 1 || value > most) {
            throw new InvalidArgumentError(`Expected an integer from 1 to ${most}.`);
        }
        return value;
    };
}

/** Gets all tools, as `npm start` does, and the image that it would run. */
async function obtainImage(): Promise<string> {
    const toolbox = await obtainToolbox(announced(new Progress()));
    return toolbox.image.image;
}

await runTask(async (args) => {
    const cleanup = new Cleanup();
    try {
        await bench(args, cleanup);
    } catch (error) {
        throw cleanup.signal.aborted ? new Error("interrupted") : error;
    } finally {
        await cleanup.run();
    }
});
