import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stateFolder } from "../tools/paths.ts";

/**
 * What the last `npm start` was asked for. Kept until `npm stop`, so that a second, plain
 * `npm start` does not shrink a cluster that was started with five servers.
 */
export interface Choices {
    /** How many servers, in place of what the stack's file says. */
    readonly servers?: number | undefined;
    /** The image that the last start got for the configured one. */
    readonly image?: ObtainedImage | undefined;
}

/** What was got for an image. */
export interface ObtainedImage {
    /** The image that the stack's files ask for. */
    readonly configured: string;
    /** The image that the nodes run: the same, or the archive that stands in for it. */
    readonly obtained: string;
}

const file = join(stateFolder, "choices.json");
const schema = z.object({
    servers: z.number().int().positive().optional(),
    image: z.object({ configured: z.string(), obtained: z.string() }).optional(),
});

/** The choices of the last start; none after a stop. */
export function keptChoices(): Choices {
    return existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}

/** Keeps choices for the next start. */
export function keepChoices(choices: Choices): void {
    mkdirSync(stateFolder, { recursive: true });
    writeFileSync(file, JSON.stringify(choices));
}

/** Removes them: the cluster that they were about is gone. */
export function removeChoices(): void {
    rmSync(file, { force: true });
}
