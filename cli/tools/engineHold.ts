import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { entries, replaceFile } from "../../scripts/system/files.ts";
import { parseJson, property } from "../../scripts/system/json.ts";
import {
    describeProcess,
    isRunning,
    parseIdentity,
    type ProcessIdentity,
} from "../../scripts/system/processIdentity.ts";
import { stateFolder } from "./paths.ts";

/** Holds one file for each run that uses the engine, named by its process. */
const holdsFolder = join(stateFolder, "dockerd-holds");

/** Who holds the engine that this project started, for the line shown. */
export interface Holder extends ProcessIdentity {
    /** What it runs, as one types it: `npm test`. */
    readonly task: string;
}

/**
 * Keeps the engine that this project started from being stopped by another run. A run that makes and
 * removes several clusters, as the tests do, needs it also in between, when no container is left and
 * the run that removed the last one would stop it.
 *
 * @param task what holds it, as one types it.
 * @returns what ends the hold. The end of the process ends it, too.
 */
export async function holdEngine(task: string, folder = holdsFolder): Promise<() => Promise<void>> {
    const holder: Holder = { ...(await describeProcess(process.pid)), task };
    const file = join(folder, `${process.pid}.json`);
    await replaceFile(file, JSON.stringify(holder));
    return () => rm(file, { force: true });
}

/** The other runs that hold the engine. */
export async function engineHolders(folder = holdsFolder): Promise<Holder[]> {
    const files = await entries(folder);
    const holders = await Promise.all(files.map((file) => readHolder(join(folder, file))));
    return holders
        .filter((holder) => holder !== undefined)
        .filter(({ pid }) => pid !== process.pid);
}

/** Undefined for a process that has ended; its file may be incomplete, or just removed. */
async function readHolder(file: string): Promise<Holder | undefined> {
    const text = await readFile(file, "utf8").catch(() => "");
    const identity = parseIdentity(text);
    if (identity === undefined || !(await isRunning(identity))) {
        return undefined;
    }
    const task = property(parseJson(text), "task");
    return { ...identity, task: typeof task === "string" ? task : "a process" };
}
