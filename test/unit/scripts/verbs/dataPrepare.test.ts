import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { preparation, prepareData } from "../../../../scripts/verbs/dataPrepare.ts";
import { run } from "../../../../scripts/system/process.ts";
import { certificates } from "../../../support/certificates.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const now = new Date("2026-11-28T10:20:30.400Z");
const owner = "consul-machines/dev";
const nodeName = "server-1";

afterEach(() => {
    vi.unstubAllEnvs();
});

describe("the folder of a node's data", () => {
    /** Runs what a machine would be told, by this computer's own shell, with a sudo that changes nobody. */
    async function prepare(folder: string, isTaken = false): Promise<string> {
        const bin = await tempFolder();
        await writeFile(join(bin, "sudo"), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
        const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
        const script = preparation({ folder, owner, nodeName }, isTaken, now);
        const { code, stdout, stderr } = await run("sh", ["-c", script], { env });
        expect([code, stderr]).toEqual([0, ""]);
        return stdout.trim();
    }

    test("is made, and marked beside it", async () => {
        const folder = join(await tempFolder(), "srv", "consul-data");

        expect(await prepare(folder)).toBe("data: made");
        expect(await readdir(folder)).toEqual([]);
        expect(await readFile(`${folder}.owner`, "utf8")).toBe("consul-machines/dev server-1\n");
        // An interrupted run does it once more.
        expect(await prepare(folder)).toBe("data: made");
    });

    test("is taken where it is empty, whatever else is beside it", async () => {
        const mount = await tempFolder();
        await mkdir(join(mount, "lost+found"));
        await mkdir(join(mount, "consul-data"));

        expect(await prepare(join(mount, "consul-data"))).toBe("data: made");
    });

    test("is left alone where somebody else has files in it", async () => {
        const folder = join(await tempFolder(), "consul-data");
        await mkdir(folder);
        await writeFile(join(folder, "diary"), "dear");

        expect(await prepare(folder)).toBe("data: foreign");
        expect(await prepare(folder, true)).toBe("data: foreign");
        await writeFile(`${folder}.owner`, "consul-machines/prod server-1\n");
        expect(await prepare(folder)).toBe("data: foreign consul-machines/prod server-1");
        expect(await readFile(join(folder, "diary"), "utf8")).toBe("dear");
    });

    test("with earlier data of the node is set aside, and a new one made", async () => {
        const folder = join(await tempFolder(), "consul-data");
        await prepare(folder);
        await writeFile(join(folder, "node-id"), "earlier");

        const before = `${folder}.before-20261128T102030Z`;
        expect(await prepare(folder)).toBe(`data: made; earlier data are in ${before}`);
        expect(await readdir(folder)).toEqual([]);
        expect(await readFile(join(before, "node-id"), "utf8")).toBe("earlier");
    });

    test("with the data of the volume that is there is kept", async () => {
        const folder = join(await tempFolder(), "consul-data");
        await prepare(folder);
        await writeFile(join(folder, "node-id"), "present");

        expect(await prepare(folder, true)).toBe("data: kept");
        expect(await readdir(folder)).toEqual(["node-id"]);
    });
});

describe("a machine that is told to make it", () => {
    async function machine(says: string, volume?: object, fails?: string) {
        const folder = await tempFolder();
        const { binary, store, calls } = await fakeDockerMachine(folder, {
            ssh: { says, ...(fails === undefined ? {} : { fails }) },
        });
        const { port } = await fakeEngine((request) =>
            request === "GET /volumes/consul-data" && volume !== undefined
                ? { body: volume }
                : undefined,
        );
        await putMachine(store, "dev-server-1", port, await certificates());
        const request = {
            store,
            machine: "dev-server-1",
            binary,
            owner,
            nodeName,
            volume: "consul-data",
            folder: "/srv/consul/consul-data",
        };
        return { request, calls };
    }

    test("is told it once, by SSH", async () => {
        const { request, calls } = await machine("data: made\n");

        expect(await prepareData(request)).toBe("made");
        const [call = "", ...others] = await calls();
        expect(others).toEqual([]);
        expect(call).toContain("ssh dev-server-1 sudo sh -c 'folder=/srv/consul/consul-data; ");
        expect(call).toContain('mv "$folder"');
    });

    test("keeps data where its engine has the volume, or the operator says so", async () => {
        const there = await machine("data: kept\n", { Name: "consul-data" });
        expect(await prepareData(there.request)).toBe("kept");
        expect(await there.calls()).toEqual([expect.not.stringContaining("mv ")]);

        const said = await machine("data: kept\n");
        vi.stubEnv("CONSUL_MACHINES_ADOPT_DATA", "1");
        await prepareData(said.request);
        expect(await said.calls()).toEqual([expect.not.stringContaining("mv ")]);
    });

    test("names what is foreign, and the way out", async () => {
        const { request } = await machine("data: foreign other/stack server-1\n");
        await expect(prepareData(request)).rejects.toThrow(
            'server-1: the folder /srv/consul/consul-data on the machine "dev-server-1" has files in it of other/stack ' +
                "server-1; they are left alone. Move them elsewhere, or name another folder in container.data.hostPath.",
        );
        const unmarked = await machine("data: foreign \n");
        await expect(prepareData(unmarked.request)).rejects.toThrow(
            "has files in it that this program did not put there; they are left alone.",
        );
    });

    test("says why it could not", async () => {
        const { request } = await machine("", undefined, "mkdir: read-only file system");
        await expect(prepareData(request)).rejects.toThrow(
            'server-1: the folder /srv/consul/consul-data for its data could not be made on the machine "dev-server-1":\n' +
                "  mkdir: read-only file system",
        );
    });
});
