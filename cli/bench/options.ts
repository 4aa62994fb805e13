import { parseArgs } from "node:util";

/** What there is to measure. */
export const benches = ["preview", "up", "memory"] as const;

/** The name of a measurement. */
export type BenchName = (typeof benches)[number];

/** What all measurements are told. */
export interface BenchOptions {
    /** How many nodes, all of them servers. */
    readonly nodes: number;
    /** How many previews of each kind are timed. */
    readonly rounds: number;
    /** The setting `image`: a reference to pull, or an archive. */
    readonly image: string;
}

/** The command line, taken apart. */
export interface Words extends Omit<BenchOptions, "image"> {
    readonly named: readonly BenchName[];
    /** Undefined where none is named. */
    readonly image: string | undefined;
}

const usage =
    "It takes: npm run bench -- [preview] [up] [memory] [--nodes N] [--rounds N] [--image IMAGE]";

/** Reads the command line; without a name everything is measured. */
export function readWords(args: readonly string[]): Words {
    const { values, positionals } = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
            nodes: { type: "string", default: "5" },
            rounds: { type: "string", default: "7" },
            image: { type: "string" },
        },
    });
    const unknown = positionals.find((name) => !benches.some((bench) => bench === name));
    if (unknown !== undefined) {
        throw new Error(`bench: got "${unknown}"; expected one of ${benches.join(", ")}. ${usage}`);
    }
    const named = benches.filter((bench) => positionals.includes(bench));
    return {
        named: named.length > 0 ? named : benches,
        nodes: count("nodes", values.nodes, 9),
        rounds: count("rounds", values.rounds, 99),
        image: values.image,
    };
}

function count(name: string, text: string, most: number): number {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most) {
        throw new Error(`--${name}: got "${text}"; a whole number from 1 to ${most}. ${usage}`);
    }
    return value;
}
