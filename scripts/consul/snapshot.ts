import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { SnapshotPlace } from "../protocol/requests.ts";
import { checkSnapshot, keptSnapshots, removeOldSnapshots, snapshotName } from "./snapshotFile.ts";

/** How long one may take: it is as large as all that the cluster holds. */
const limit = 10 * 60_000;

/**
 * Takes a snapshot of the cluster's data: keys, catalog, sessions, tokens. Readable by its owner
 * alone, for it holds all secrets of the cluster. What is there under its name is a whole one.
 *
 * @param httpAddress a server that knows a leader.
 * @returns the file's full path.
 * @throws Error naming the folder, where none can be taken.
 */
export async function takeSnapshot(
    httpAddress: string,
    { folder, datacenter }: SnapshotPlace,
    keep = keptSnapshots,
): Promise<string> {
    const place = resolve(folder);
    const file = join(place, snapshotName(datacenter, new Date()));
    const unfinished = `${file}.${process.pid}`;
    try {
        await mkdir(place, { recursive: true, mode: 0o700 });
        const answer = await fetch(`${httpAddress}/v1/snapshot`, {
            signal: AbortSignal.timeout(limit),
        });
        if (!answer.ok || answer.body === null) {
            throw new Error(`/v1/snapshot: ${answer.status} ${(await answer.text()).trim()}`);
        }
        await pipeline(
            Readable.fromWeb(answer.body),
            createWriteStream(unfinished, { mode: 0o600 }),
        );
        await checkSnapshot(unfinished);
        await rename(unfinished, file);
        await removeOldSnapshots(place, keep);
    } catch (error) {
        await rm(unfinished, { force: true }).catch(() => undefined);
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${place}: no snapshot of ${httpAddress} could be taken: ${reason}`, {
            cause: error,
        });
    }
    return file;
}

/**
 * Puts a snapshot's data in place of all that the cluster holds. Checked first: nothing of a broken
 * one is sent.
 *
 * @throws Error when the file is no whole snapshot, or the cluster does not take it.
 */
export async function restoreSnapshot(httpAddress: string, file: string): Promise<void> {
    await checkSnapshot(file);
    const { size } = await stat(file);
    const answer = await fetch(`${httpAddress}/v1/snapshot`, {
        method: "PUT",
        body: Readable.toWeb(createReadStream(file)),
        headers: { "content-length": String(size) },
        duplex: "half",
        signal: AbortSignal.timeout(limit),
    });
    if (!answer.ok) {
        const said = (await answer.text()).trim();
        throw new Error(`${file}: ${httpAddress} did not take it: ${answer.status} ${said}`);
    }
}
