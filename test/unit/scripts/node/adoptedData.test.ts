import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyCommand, dataPlace } from "../../../../scripts/node/adoptedData.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const id = "0f5a3c1e-0000-4000-8000-0123456789ab";

const mount = (
    Type: "volume" | "bind" | "tmpfs",
    Destination: string,
    Source: string,
    Name?: string,
) => ({ Type, Destination, Source, Name, Mode: "", RW: true, Propagation: "" });

/** Folders with an agent's data, and with what an interrupted copy left. */
async function lay(): Promise<{ readonly from: string; readonly to: string }> {
    const root = await tempFolder();
    const [from, to] = [join(root, "from"), join(root, "to")];
    await mkdir(join(from, "raft"), { recursive: true });
    await mkdir(join(to, "half"), { recursive: true });
    await writeFile(join(from, "raft", "raft.db"), "all of it");
    await writeFile(join(from, ".hidden"), "too");
    await writeFile(join(to, "half", "left"), "over");
    return { from, to };
}

/** Runs the command as a host's shell does; who runs it may do all. */
async function runOnHost(command: string): Promise<number | null> {
    const folder = await tempFolder();
    await writeFile(join(folder, "sudo"), '#!/bin/sh\nexec "$@"\n');
    await chmod(join(folder, "sudo"), 0o755);
    const env = { PATH: `${folder}:${process.env.PATH ?? ""}` };
    return spawnSync("/bin/sh", ["-c", command], { env, timeout: 20_000 }).status;
}

test("all data are copied, in place of what was there, and get the node's id where they lack it", async () => {
    const { from, to } = await lay();
    expect(await runOnHost(copyCommand(from, to, id))).toBe(0);
    expect((await readdir(to)).sort()).toEqual([".hidden", "node-id", "raft"]);
    expect(await readFile(join(to, "raft", "raft.db"), "utf8")).toBe("all of it");
    expect(await readFile(join(to, "node-id"), "utf8")).toBe(id);
    expect((await readdir(from)).sort()).toEqual([".hidden", "raft"]);
});

test("without an id, and with none in the data, it fails; so it does where there are no data", async () => {
    const { from, to } = await lay();
    expect(await runOnHost(copyCommand(from, to))).not.toBe(0);
    await writeFile(join(from, "node-id"), id);
    expect(await runOnHost(copyCommand(from, to))).toBe(0);
    const empty = await tempFolder();
    expect(await runOnHost(copyCommand(empty, to, id))).not.toBe(0);
    // Nothing was deleted for it.
    expect((await readdir(to)).sort()).toEqual([".hidden", "node-id", "raft"]);
});

test("a path that a shell might read otherwise is refused", () => {
    for (const path of ["/srv/it's", "/srv/$(reboot)", "relative", "/srv/a b"]) {
        expect(() => copyCommand(path, "/to", id)).toThrow("a path with unusual characters");
    }
});

test("data are found on a volume, in a folder, or below one; not in memory, or in the container", () => {
    const at = (...Mounts: ReturnType<typeof mount>[]) => dataPlace({ Mounts }, "/consul/data");
    expect(at(mount("volume", "/consul/data", "/v/_data", "v"))).toEqual({
        path: "/v/_data",
        volume: "v",
    });
    const outer = mount("bind", "/consul", "/srv/consul");
    expect(at(outer)).toEqual({ path: "/srv/consul/data", volume: undefined });
    expect(at(outer, mount("volume", "/consul/data", "/v/_data", "v"))?.volume).toBe("v");
    expect(at(mount("tmpfs", "/consul/data", ""))).toBeUndefined();
    expect(at(mount("volume", "/consul/database", "/v", "v"))).toBeUndefined();
});
