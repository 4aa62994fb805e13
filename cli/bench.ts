/**
 * Measures speed, against its promised bounds, and the memory that a run takes. Prints Markdown on
 * standard output and its progress on standard error. The exit code is 1 when a bound is broken or a
 * measurement fails.
 */
import { delimiter } from "node:path";
import { Argument, InvalidArgumentError } from "@commander-js/extra-typings";
import type { BenchOptions } from "./bench/benchStack.ts";
import { obtainForBench } from "./bench/benchTools.ts";
import { Cleanup } from "./bench/cleanup.ts";
import { benchMemory } from "./bench/memory.ts";
import { benchPreview } from "./bench/preview.ts";
import { benchProviders } from "./bench/providers.ts";
import { benchUp } from "./bench/up.ts";
import { commandLine, runTask, TaskFailure } from "./show/task.ts";
import { holdEngine } from "./tools/engineHold.ts";
import { binFolder } from "./tools/paths.ts";

const names = ["preview", "up", "memory", "providers"] as const;

/** A measurement, and of how many nodes it is. Only that of the providers has client agents. */
const measurements = {
    preview: { measure: benchPreview, nodes: 5, servers: undefined, most: 9 },
    up: { measure: benchUp, nodes: 5, servers: undefined, most: 9 },
    memory: { measure: benchMemory, nodes: 5, servers: undefined, most: 9 },
    providers: { measure: benchProviders, nodes: 20, servers: 3, most: 50 },
} as const;

async function bench(args: readonly string[], cleanup: Cleanup): Promise<void> {
    const command = commandLine("npm run bench", "Measures time and memory, of all or of these.")
        .addArgument(new Argument("[measurements...]", "what is measured").choices(names))
        .option("--nodes <number>", "nodes of the cluster (default: 5; providers: 20)", count(50))
        .option("--servers <number>", "servers among those of providers", count(9), 3)
        .option("--rounds <number>", "previews of each kind that are timed", count(99), 7)
        .option("--image <image>", "a reference to pull, or an archive; the stack's otherwise")
        .parse(args, { from: "user" });
    const [named] = command.processedArgs;
    const { rounds, image: asked, ...given } = command.opts();
    const chosen = names.filter((one) => named.length === 0 || named.includes(one));
    const sizes = chosen.map((name) => ({ name, ...sizeOf(name, given) }));
    process.env.PATH = [binFolder, process.env.PATH ?? ""].join(delimiter);
    const { tools, image } = await obtainForBench(asked);
    for (const { name, nodes, servers } of sizes) {
        console.error(`\n${name}`);
        const options: BenchOptions = { nodes, servers, rounds, image, tools };
        const { text, isKept } = await measurements[name].measure(options, cleanup);
        console.log(`\n${text}`);
        if (!isKept) {
            process.exitCode = 1;
        }
    }
}

/** @throws TaskFailure where a measurement is not of that many nodes. */
function sizeOf(
    name: (typeof names)[number],
    given: { readonly nodes?: number | undefined; readonly servers: number },
): Pick<BenchOptions, "nodes" | "servers"> {
    const { nodes: usual, servers: some, most } = measurements[name];
    const nodes = given.nodes ?? usual;
    if (nodes > most) {
        throw new TaskFailure(`--nodes: got ${nodes}; ${name} takes ${most} at most`);
    }
    const servers = some === undefined ? nodes : given.servers;
    if (servers > nodes) {
        throw new TaskFailure(`--servers: got ${servers}; expected at most --nodes, ${nodes}`);
    }
    return { nodes, servers };
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

await runTask(async (args) => {
    const cleanup = new Cleanup();
    const endHold = await holdEngine("npm run bench");
    try {
        await bench(args, cleanup);
    } catch (error) {
        throw cleanup.signal.aborted ? new Error("interrupted") : error;
    } finally {
        await cleanup.run();
        await endHold();
    }
});
