import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
    describeProcess,
    isRunning,
    parseIdentity,
    type ProcessIdentity,
} from "../../scripts/system/processIdentity.ts";
import { stateFolder } from "./paths.ts";

/** A file for each run that holds the engine, named by its process. */
const holdsFolder = join(stateFolder, "dockerd-holds");

/** Who holds the engine that this project started, for the line shown. */
export interface Holder extends ProcessIdentity {
    /** What it runs, as one types it: `npm test`. */
    readonly task: string;
}

/**
 * Keeps the engine that this project started from being stopped by another run. A run that brings
 * several clusters up and takes them away, as the tests do, needs it also in between, when no
 * container is left and whoever took the last one away would stop it.
 *
 * @param task what holds it, as one types it.
 * @returns what ends the hold; one whose process has died has ended.
 */
export async function holdEngine(task: string, folder = holdsFolder): Promise<() => Promise<void>> {
    const holder: Holder = { ...(await describeProcess(process.pid)), task };
    const file = join(folder, `${process.pid}.json`);
    await mkdir(folder, { recursive: true });
    await writeFile(file, JSON.stringify(holder));
    return () => rm(file, { force: true });
}

/** The other runs that hold the engine. */
export async function engineHolders(folder = holdsFolder): Promise<Holder[]> {
    const files = await readdir(folder).catch((): string[] => []);
    const holders = await Promise.all(files.map((file) => readHolder(join(folder, file))));
    const others = holders.filter((holder) => holder?.pid !== process.pid);
    return others.filter((holder) => holder !== undefined);
}

/** Undefined for a process that has ended; its file may be half-written, or just gone. */
async function readHolder(file: string): Promise<Holder | undefined> {
    const text = await readFile(file, "utf8").catch(() => "");
    const identity = parseIdentity(text);
    if (identity === undefined || !(await isRunning(identity))) {
        return undefined;
    }
    const { task } = JSON.parse(text) as { readonly task?: unknown };
    return { ...identity, task: typeof task === "string" ? task : "a process" };
}
