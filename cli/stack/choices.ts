import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { stateFolder } from "../tools/paths.ts";

/**
 * What the last `npm start` was asked for. Kept until `npm stop`, so that a second, plain
 * `npm start` does not shrink a cluster that was started with five servers.
 */
export interface Choices {
    /** How many servers, in place of what the stack's file says. */
    readonly servers?: number | undefined;
}

const file = join(stateFolder, "choices.json");
const schema = z.object({ servers: z.number().int().positive().optional() });

/** The choices of the last start; none after a stop. */
export function keptChoices(): Choices {
    return existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}

/** Keeps choices for the next start. */
export function keepChoices(choices: Choices): void {
    mkdirSync(stateFolder, { recursive: true });
    writeFileSync(file, JSON.stringify(choices));
}

/** Forgets them: what they were about is gone. */
export function forgetChoices(): void {
    rmSync(file, { force: true });
}

/** Reads `--servers 5`; anything else is refused with what would have been right. */
export function readChoices(args: readonly string[]): Choices {
    const { servers } = parseArguments(args);
    if (servers === undefined) {
        return {};
    }
    if (!/^[1-9]\d*$/.test(servers)) {
        throw new Error(
            `--servers: got "${servers}"; expected a number of servers, such as 3 or 5`,
        );
    }
    return { servers: Number(servers) };
}

function parseArguments(args: readonly string[]): { readonly servers?: string | undefined } {
    try {
        return parseArgs({ args: [...args], options: { servers: { type: "string" } } }).values;
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`npm start: ${reason} It takes: npm start -- [--servers NUMBER]`, {
            cause: error,
        });
    }
}
