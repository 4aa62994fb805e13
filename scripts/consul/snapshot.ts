import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import type { SnapshotPlace } from "../protocol/requests.ts";
import { describeError, sleep } from "../system/progress.ts";
import type { ConsulClient } from "./consulClient.ts";
import { ConsulError } from "./consulError.ts";

const path = "/v1/snapshot";

/** Milliseconds for one: it is as large as all that the cluster holds. */
const timeoutMs = 10 * 60_000;

/** Milliseconds before one is asked for again. */
const retryPause = 1000;

/**
 * Takes a snapshot of the cluster's data: keys, catalog, sessions, tokens. Only its owner may read it,
 * because it holds all secrets of the cluster. A file with a snapshot's name is complete.
 *
 * @param server one that knows a leader.
 * @returns the file's full path.
 * @throws Error naming the folder, where none can be taken.
 */
export async function takeSnapshot(
    server: ConsulClient,
    { folder, datacenter }: SnapshotPlace,
    keep = keptSnapshots,
): Promise<string> {
    const place = resolve(folder);
    const file = join(place, snapshotName(datacenter, new Date()));
    const unfinished = `${file}.${process.pid}`;
    try {
        await mkdir(place, { recursive: true, mode: 0o700 });
        const answer = await begin(server);
        await pipeline(answer, createWriteStream(unfinished, { mode: 0o600 }));
        await checkSnapshot(unfinished);
        await rename(unfinished, file);
        await removeOldSnapshots(place, keep);
    } catch (error) {
        await rm(unfinished, { force: true }).catch(() => undefined);
        const what = `${place}: no snapshot of ${server.httpAddress} could be taken`;
        throw new Error(`${what}: ${describeError(error)}`, { cause: error });
    }
    return file;
}

/** Begins one; once more where the server could not get it from the leader, as in the moment of a change of both. */
async function begin(server: ConsulClient) {
    const ask = () => server.stream(path, timeoutMs, "manage");
    try {
        return await ask();
    } catch (error) {
        if (!(error instanceof ConsulError && error.status >= 500)) {
            throw error;
        }
        await sleep(retryPause);
        return ask();
    }
}

/**
 * Replaces all that the cluster holds by a snapshot's data. A broken one is not sent.
 *
 * @throws Error when the file is no complete snapshot, or the cluster does not accept it.
 */
export async function restoreSnapshot(server: ConsulClient, file: string): Promise<void> {
    await checkSnapshot(file);
    const headers = { "content-length": String((await stat(file)).size) };
    const body = createReadStream(file);
    try {
        const request = { method: "PUT", right: "manage", body, headers, timeoutMs } as const;
        (await server.send(path, request)).resume();
    } catch (error) {
        const message = `${file}: ${server.httpAddress} did not accept it: ${describeError(error)}`;
        throw new Error(message, { cause: error });
    }
}

/** Snapshots kept in one folder; another one replaces the oldest of ours. */
export const keptSnapshots = 10;

/** Name of a snapshot: its datacenter, and when it was taken, in UTC. */
const namePattern = /^[a-z0-9_-]+-\d{8}T\d{9}Z\.snap$/;

/** The name of a snapshot taken at this moment: `dc1-20261124T173000123Z.snap`. */
export function snapshotName(datacenter: string, moment: Date): string {
    return `${datacenter}-${moment.toISOString().replaceAll(/[-:.]/g, "")}.snap`;
}

/** Our snapshots in a folder, oldest first; none where there is no such folder. */
export async function snapshotsIn(folder: string): Promise<string[]> {
    const names = await readdir(folder).catch(() => []);
    const stamp = (name: string) => name.slice(-"20261124T173000123Z.snap".length);
    return names
        .filter((name) => namePattern.test(name))
        .sort((one, other) => (stamp(one) < stamp(other) ? -1 : 1))
        .map((name) => join(folder, name));
}

/** Removes all but the newest of our snapshots; other files are left alone. */
export async function removeOldSnapshots(folder: string, keep: number): Promise<void> {
    const snapshots = await snapshotsIn(folder);
    for (const file of snapshots.slice(0, -keep)) {
        await rm(file, { force: true });
    }
}

/**
 * Checks that a file is a complete snapshot, by the checksums of its parts that Consul writes into it.
 *
 * @throws Error naming the file and what is wrong with it.
 */
export async function checkSnapshot(file: string): Promise<void> {
    const tar = extract();
    const parts = readParts(tar);
    try {
        await Promise.all([pipeline(createReadStream(file), createGunzip(), tar), parts]);
    } catch (error) {
        const message = `${file}: not a complete snapshot: ${describeError(error)}`;
        throw new Error(message, { cause: error });
    }
    const { checksums, lines } = await parts;
    for (const name of ["meta.json", "state.bin"]) {
        const sum = checksums.get(name);
        if (sum === undefined || !lines.includes(`${sum}  ${name}`)) {
            const what = sum === undefined ? "missing" : "not what its checksum says";
            throw new Error(`${file}: not a complete snapshot: ${name} is ${what}`);
        }
    }
}

/** The checksums of an archive's parts, and the lines of its own list of them. */
async function readParts(tar: ReturnType<typeof extract>) {
    const checksums = new Map<string, string>();
    let list = "";
    for await (const entry of tar) {
        if (entry.header.name === "SHA256SUMS") {
            list = await text(entry);
        } else {
            const hash = createHash("sha256").setEncoding("hex");
            await pipeline(entry, hash);
            checksums.set(entry.header.name, String(hash.read()));
        }
    }
    return { checksums, lines: list.split("\n") };
}
