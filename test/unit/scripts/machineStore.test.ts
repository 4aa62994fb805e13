import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { writeRecord } from "../../../scripts/machineRecord.ts";
import { closeStore, openStore } from "../../../scripts/machineStore.ts";
import { entries, storeLayout } from "../../../scripts/storeLayout.ts";
import { certificates } from "../../support/certificates.ts";
import { fakeDockerMachine, putMachine, type Behaviour } from "../../support/fakeDockerMachine.ts";
import { said } from "../../support/quickTime.ts";
import { tempFolder } from "../../support/tempFolder.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../scripts/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    said.splice(0);
});

const owner = "consul-machines/dev";

async function lay(behaviour: Behaviour = {}) {
    const folder = await tempFolder();
    const { store, binary, calls } = await fakeDockerMachine(folder, behaviour);
    return { request: { store, binary, owner }, store, calls, layout: storeLayout(store) };
}

test("a new store is private, ours, and has an authority that fits its client certificate", async () => {
    const { request, store, calls, layout } = await lay();

    expect(await openStore(request)).toBe(store);
    expect((await stat(store)).mode & 0o777).toBe(0o700);
    expect(await entries(layout.certs)).toEqual(["ca-key.pem", "ca.pem", "cert.pem", "key.pem"]);
    expect(await entries(layout.machines)).toEqual([]);
    expect(await entries(store)).toContain(".consul-machines");
    const warmup = `warmup-${process.pid}`;
    expect(await calls()).toEqual([
        `create --driver=none --url=tcp://127.0.0.1:1 ${warmup}`,
        `rm -y ${warmup}`,
    ]);
});

test("a second opening, and one beside it, make no second authority", async () => {
    const { request, calls, layout } = await lay();
    await Promise.all([openStore(request), openStore(request)]);
    const before = await readFile(join(layout.certs, "ca.pem"), "utf8");

    await openStore(request);
    expect(await readFile(join(layout.certs, "ca.pem"), "utf8")).toBe(before);
    expect(await calls()).toHaveLength(2);
});

test("a damaged authority that signed nothing yet is made anew", async () => {
    const { request, calls, layout } = await lay();
    await openStore(request);
    await writeFile(join(layout.certs, "key.pem"), "half a k");

    await openStore(request);
    expect(await readFile(join(layout.certs, "key.pem"), "utf8")).toBe((await certificates()).key);
    expect(await calls()).toHaveLength(4);
});

test("a missing authority that machines rely on is not replaced", async () => {
    const { request, store, calls, layout } = await lay();
    await openStore(request);
    await putMachine(store, "dev-server-1", 1, await certificates());
    await rm(layout.certs, { recursive: true });

    await expect(openStore(request)).rejects.toThrow(
        new Error(
            `${store}: its certificate authority is missing or damaged, but it keeps the machines ` +
                'dev-server-1; restore its folder "certs" from a backup, or remove these machines.',
        ),
    );
    expect(await calls()).toHaveLength(2);
});

test("a docker-machine that leaves its certificates incomplete is told", async () => {
    const { request, store } = await lay({ breaksAuthority: true });

    await expect(openStore(request)).rejects.toThrow(
        new Error(`${store}: docker-machine left its certificates incomplete.`),
    );
});

test("closing removes what a failed run of this stack left, and the store that we made", async () => {
    const { request, store, calls } = await lay();
    await openStore(request);
    await putMachine(store, "dev-server-1", 1, await certificates());
    await writeRecord(store, "dev-server-1", { owner, state: "making" });

    await closeStore(request);
    expect((await calls()).slice(2)).toEqual(["rm -y dev-server-1"]);
    expect(said).toContain("removing dev-server-1, which an interrupted run left behind");
    await expect(stat(store)).rejects.toThrow("ENOENT");
});

test("closing leaves a store with machines of others, and those machines", async () => {
    const { request, store, calls, layout } = await lay();
    await openStore(request);
    await putMachine(store, "other-server-1", 1, await certificates());
    await writeRecord(store, "other-server-1", { owner: "other/dev", state: "made" });

    await closeStore(request);
    expect(await calls()).toHaveLength(2);
    expect(await entries(layout.machines)).toEqual(["other-server-1"]);
});

test("closing leaves a store that was there before us, and everything in it", async () => {
    const { request, store, layout } = await lay();
    await mkdir(store);
    await openStore(request);

    await closeStore(request);
    expect(await entries(layout.certs)).toHaveLength(4);
});

test("closing a store that is gone is a success", async () => {
    const { request, store } = await lay();
    await closeStore(request);
    await expect(stat(store)).rejects.toThrow("ENOENT");
});
