import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { restoreSnapshot, takeSnapshot } from "../../../../scripts/consul/snapshot.ts";
import {
    checkSnapshot,
    removeOldSnapshots,
    snapshotName,
    snapshotsIn,
} from "../../../../scripts/consul/snapshot.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** A snapshot as Consul makes it, with some of its parts replaced. */
async function snapshot(over: Readonly<Record<string, string>> = {}): Promise<Buffer> {
    const parts: Record<string, string> = { "meta.json": "{}", "state.bin": "state" };
    const sums = Object.entries(parts).map(
        ([name, text]) => `${createHash("sha256").update(text).digest("hex")}  ${name}\n`,
    );
    const tar = pack();
    for (const [name, text] of Object.entries({ ...parts, SHA256SUMS: sums.join(""), ...over })) {
        tar.entry({ name }, text);
    }
    tar.finalize();
    return gzipSync(await buffer(tar));
}

/** A server that answers with this snapshot, and keeps what it is sent. */
async function server(body: Buffer, status = 200) {
    const taken: Buffer[] = [];
    const { url } = await httpServer((message, response) => {
        void buffer(message).then((text) => {
            if (message.method === "PUT") {
                taken.push(text);
            }
            response.statusCode = status;
            response.end(message.method === "PUT" ? "" : body);
        });
    });
    return { url, taken };
}

test("a snapshot is kept complete, for its owner alone, under a name with its date", async () => {
    const body = await snapshot();
    const { url } = await server(body);
    const folder = join(await tempFolder(), "new", "snapshots");
    const file = await takeSnapshot(new ConsulClient(url), { folder, datacenter: "dc-1" });
    expect(file).toMatch(/\/dc-1-\d{8}T\d{9}Z\.snap$/);
    expect(await readFile(file)).toEqual(body);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await snapshotsIn(folder)).toEqual([file]);
});

test.each([
    { what: "a torn one", body: async () => (await snapshot()).subarray(0, 60) },
    { what: "another sum", body: () => snapshot({ "state.bin": "other" }) },
    { what: "no sums", body: () => snapshot({ SHA256SUMS: "" }) },
    { what: "no archive", body: () => Promise.resolve(Buffer.from("<html>")) },
])("$what is refused, and leaves nothing", async ({ body }) => {
    const { url } = await server(await body());
    const folder = await tempFolder();
    await expect(
        takeSnapshot(new ConsulClient(url), { folder, datacenter: "dc1" }),
    ).rejects.toThrow(/no snapshot of http:.* could be taken: .*not a complete snapshot/);
    expect(await entries(folder)).toEqual([]);
});

test("a server that refuses is named, with its reason", async () => {
    const { url } = await server(Buffer.from("No cluster leader"), 500);
    const folder = await tempFolder();
    await expect(
        takeSnapshot(new ConsulClient(url), { folder, datacenter: "dc1" }),
    ).rejects.toThrow(
        `${folder}: no snapshot of ${url} could be taken: /v1/snapshot: 500 No cluster leader`,
    );
});

test("the newest are kept, and files of others are left alone", async () => {
    const folder = await tempFolder();
    const named = (datacenter: string, day: number) =>
        snapshotName(datacenter, new Date(Date.UTC(2026, 10, day)));
    const names = [named("zz", 1), named("dc1", 2), named("aa", 3)];
    for (const name of [...names, "dc1.snap", "notes.txt"]) {
        await writeFile(join(folder, name), "");
    }
    await removeOldSnapshots(folder, 2);
    expect(await entries(folder)).toEqual([...names.slice(1), "dc1.snap", "notes.txt"].sort());
    expect(await snapshotsIn(folder)).toEqual(names.slice(1).map((name) => join(folder, name)));
});

test("a snapshot is restored as it is, and nothing of a broken one is sent", async () => {
    const { url, taken } = await server(Buffer.alloc(0));
    const [good, bad] = [join(await tempFolder(), "good"), join(await tempFolder(), "bad")];
    await writeFile(good, await snapshot());
    await writeFile(bad, await snapshot({ "meta.json": "[]" }));
    await expect(restoreSnapshot(new ConsulClient(url), bad)).rejects.toThrow(
        `${bad}: not a complete snapshot: meta.json is not what its checksum says`,
    );
    expect(taken).toEqual([]);
    await restoreSnapshot(new ConsulClient(url), good);
    expect(taken).toEqual([await readFile(good)]);
});

test("a snapshot that the cluster does not accept is reported", async () => {
    const { url } = await server(Buffer.alloc(0), 403);
    const file = join(await tempFolder(), "good");
    await writeFile(file, await snapshot());
    await expect(restoreSnapshot(new ConsulClient(url), file)).rejects.toThrow(
        `${file}: ${url} did not accept it: /v1/snapshot: 403`,
    );
    await expect(checkSnapshot(`${file}.none`)).rejects.toThrow("ENOENT");
});
