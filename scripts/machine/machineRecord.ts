import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, type ProcessIdentity } from "../system/processIdentity.ts";
import { progress, sleep } from "../system/progress.ts";
import { storeLayout } from "./storeLayout.ts";

/** What we note of a machine beside docker-machine's own files, which know no owner. */
export interface MachineRecord {
    /** `project/stack` that made it. */
    readonly owner: string;
    /** `making` from before the first step until the last: a machine left there is half-made. */
    readonly state: "making" | "made";
    /** Which machine of this name it is, counted from 1; absent for the first. */
    readonly generation?: number;
    /** Why it was last provisioned again, where it was: done once for each reason. */
    readonly provisioned?: string;
    /** Where `machine up` found it last. */
    readonly place?: MachinePlace;
    /** The docker-machine process that makes it, so that a left-over one can be ended. */
    readonly maker?: ProcessIdentity;
}

/** A machine's address, and the one that docker-machine's file had of it then. That file follows a
 * machine only when docker-machine itself starts it; once it has changed, it is the newer of the two. */
export interface MachinePlace {
    readonly address: string;
    readonly recorded: string;
}

function recordFile(store: string, machine: string): string {
    return join(storeLayout(store).records, `${machine}.json`);
}

/** Reads a machine's record; undefined if there is none. */
export async function readRecord(
    store: string,
    machine: string,
): Promise<MachineRecord | undefined> {
    let text: string;
    try {
        text = await readFile(recordFile(store, machine), "utf8");
    } catch {
        return undefined;
    }
    const { owner, state, maker, provisioned, generation, place } = parse(text);
    if (owner === undefined || state === undefined) {
        throw new Error(
            `${recordFile(store, machine)}: not a record of ours; remove the file. If ` +
                `"docker-machine -s ${storeLayout(store).root} ls" lists ${machine}, remove that ` +
                "with its `rm` as well.",
        );
    }
    return {
        owner,
        state,
        ...(maker === undefined ? {} : { maker }),
        ...(provisioned === undefined ? {} : { provisioned }),
        ...(generation === undefined ? {} : { generation }),
        ...(place === undefined ? {} : { place }),
    };
}

/** A record that was torn or written by hand has nothing of ours. */
function parse(text: string): Partial<MachineRecord> {
    try {
        return Object(JSON.parse(text)) as Partial<MachineRecord>;
    } catch {
        return {};
    }
}

/** Writes a machine's record; a reader sees the old one or the new one, never half of it. */
export async function writeRecord(
    store: string,
    machine: string,
    record: MachineRecord,
): Promise<void> {
    const file = recordFile(store, machine);
    await mkdir(storeLayout(store).records, { recursive: true });
    await writeFile(`${file}.${process.pid}`, JSON.stringify(record));
    await rename(`${file}.${process.pid}`, file);
}

/** Removes a machine's record. */
export async function removeRecord(store: string, machine: string): Promise<void> {
    await rm(recordFile(store, machine), { force: true });
}

/**
 * Ends the docker-machine that an earlier, killed run left behind. Two of them on one machine
 * would spoil each other's work.
 */
export async function endLeftOver(record: MachineRecord | undefined): Promise<void> {
    const maker = record?.maker;
    if (maker === undefined || !(await isRunning(maker))) {
        return;
    }
    progress(`ending docker-machine ${maker.pid}, which an interrupted run left behind`);
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        process.kill(maker.pid, signal);
        for (let waited = 0; waited < 5000; waited += 100) {
            if (!(await isRunning(maker))) {
                return;
            }
            await sleep(100);
        }
    }
    throw new Error(`docker-machine ${maker.pid} does not end; end it, then run this again.`);
}
