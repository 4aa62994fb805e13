import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { replaceFile } from "../../scripts/system/files.ts";
import { parseJson } from "../../scripts/system/json.ts";
import { cacheFolder } from "./paths.ts";

/** How long work took on this computer. */
export interface Timings {
    /** Milliseconds that the same work took the last time; undefined where it was never done. */
    readonly expectedMs: (what: string) => number | undefined;
    /** Keeps how many milliseconds it took. */
    readonly record: (what: string, milliseconds: number) => Promise<void>;
}

const schema = z.record(z.string(), z.number().nonnegative());

/** Times that are kept in a file, in seconds by what was done. @param file @default one in the cache */
export function keptTimings(file: string = join(cacheFolder(), "timings.json")): Timings {
    const read = () => schema.safeParse(parseJson(textOf(file))).data ?? {};
    return {
        expectedMs: (what) => {
            const seconds = read()[what];
            return seconds === undefined ? undefined : seconds * 1000;
        },
        record: (what, milliseconds) => {
            const seconds = Math.round(milliseconds / 1000);
            return replaceFile(file, JSON.stringify({ ...read(), [what]: seconds }, null, 4));
        },
    };
}

function textOf(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return ""; // Nothing was done here yet.
    }
}
