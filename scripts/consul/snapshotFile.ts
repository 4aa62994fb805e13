import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { describeError } from "../system/progress.ts";

/** Snapshots kept in one folder; the oldest of ours goes when one more is taken. */
export const keptSnapshots = 10;

/** What a snapshot is called: its datacenter and the moment, in UTC, so that names sort by age. */
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
    for (const file of snapshots.slice(0, Math.max(0, snapshots.length - keep))) {
        await rm(file, { force: true });
    }
}

/**
 * Checks that a file is a whole snapshot: Consul writes the sums of its parts into it.
 *
 * @throws Error naming the file and what is wrong with it.
 */
export async function checkSnapshot(file: string): Promise<void> {
    const parts = new Map<string, Part>();
    const tar = extract();
    const reading = readParts(tar, parts);
    try {
        await Promise.all([pipeline(createReadStream(file), createGunzip(), tar), reading]);
    } catch (error) {
        throw new Error(`${file}: not a whole snapshot: ${describeError(error)}`, { cause: error });
    }
    const sums = parts.get("SHA256SUMS")?.text ?? "";
    for (const name of ["meta.json", "state.bin"]) {
        const sum = parts.get(name)?.sum;
        if (sum === undefined || !sums.split("\n").includes(`${sum}  ${name}`)) {
            throw new Error(
                `${file}: not a whole snapshot: ${name} is ` +
                    (sum === undefined ? "not in it" : "not what its sum says"),
            );
        }
    }
}

interface Part {
    readonly sum: string;
    /** What a short part says. */
    readonly text: string;
}

/** The longest part that is kept as text; the sums are two lines. */
const textLimit = 4096;

async function readParts(tar: ReturnType<typeof extract>, parts: Map<string, Part>) {
    for await (const entry of tar) {
        const hash = createHash("sha256");
        let text = "";
        for await (const chunk of entry as AsyncIterable<Buffer>) {
            hash.update(chunk);
            text = text.length < textLimit ? text + chunk.toString("utf8") : text;
        }
        parts.set(entry.header.name, { sum: hash.digest("hex"), text });
    }
}
