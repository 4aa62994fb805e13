import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeStore, openStore, openWithRoster } from "../../../../scripts/verbs/store.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { certificates, makeCertificates } from "../../../support/certificates.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { said } from "../../../support/quickTime.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { keptIn } from "../../../../scripts/machine/keptFiles.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { Store } from "../../../../scripts/machine/store.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
afterEach(() => {
    vi.useRealTimers();
});
beforeEach(() => {
    said.splice(0);
});

const owner = "consul-machines/dev";

async function lay(behaviour: Behaviour = {}) {
    const folder = await tempFolder();
    const { store, binary, calls, behave } = await fakeDockerMachine(folder, behaviour);
    /** Makes the next CA another one. */
    const nextAuthority = async () => {
        const next = await makeCertificates();
        await writeFile(join(folder, "certificates.json"), JSON.stringify(next));
        return next;
    };
    const layout = new Store(store).layout;
    return { request: { store, binary, owner }, store, calls, behave, nextAuthority, layout };
}

test("a new store is private, ours, and has a CA that fits its client certificate", async () => {
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

test("a second opening, and one beside it, make no second CA", async () => {
    const { request, calls, layout } = await lay();
    await Promise.all([openStore(request), openStore(request)]);
    const before = await readFile(join(layout.certs, "ca.pem"), "utf8");

    await openStore(request);
    expect(await readFile(join(layout.certs, "ca.pem"), "utf8")).toBe(before);
    expect(await calls()).toHaveLength(2);
});

test("another folder gets the CA that the state keeps, not one of its own", async () => {
    const { request, store, calls, layout } = await lay();
    const roster = { ...request, name: "consul-store", machines: ["dev-server-1"] };
    const opened = await openWithRoster(roster);
    const before = await readFile(join(layout.certs, "ca.pem"), "utf8");
    await rm(store, { recursive: true });

    const machines = ["dev-server-1", "dev-server-2"];
    const again = await openWithRoster({ ...roster, machines }, JSON.stringify(opened));
    const kept = keptIn(JSON.stringify(again));
    expect(Object.keys(kept).toSorted()).toEqual([
        ".consul-machines",
        "certs/ca-key.pem",
        "certs/ca.pem",
        "certs/cert.pem",
        "certs/key.pem",
        "rosters/consul-machines%2Fdev%2Fconsul-store.json",
    ]);
    expect(kept["rosters/consul-machines%2Fdev%2Fconsul-store.json"]).toBe(
        JSON.stringify(machines),
    );
    expect(kept["certs/ca.pem"]).toBe(before);
    expect(await readFile(join(layout.certs, "ca.pem"), "utf8")).toBe(before);
    expect(await calls()).toHaveLength(2);
    expect(await openWithRoster({ ...roster, inState: false })).toBe(store);
});

test("a damaged CA that signed nothing yet is replaced", async () => {
    const { request, calls, layout } = await lay();
    await openStore(request);
    await writeFile(join(layout.certs, "key.pem"), "half a k");

    await openStore(request);
    expect(await readFile(join(layout.certs, "key.pem"), "utf8")).toBe((await certificates()).key);
    expect(await calls()).toHaveLength(4);
});

test("a missing CA that machines rely on is not replaced", async () => {
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

test("a docker-machine that leaves its certificates incomplete is reported", async () => {
    const { request, store } = await lay({ breaksAuthority: true });

    await expect(openStore(request)).rejects.toThrow(
        new Error(`${store}: docker-machine left its certificates incomplete.`),
    );
});

test("a CA that expires is renewed once for each reason, below machines that rely on it", async () => {
    const { request, store, calls, layout, nextAuthority } = await lay();
    await openStore(request);
    await putMachine(store, "dev-server-1", 1, await certificates());
    const next = await nextAuthority();
    const inStore = (file: string) => readFile(join(layout.certs, file), "utf8");

    await openStore({ ...request, renewal: "certificate until today" });
    expect(said).toContain(
        "renewing the certificate authority of the machines (certificate until today)",
    );
    expect([await inStore("ca.pem"), await inStore("ca-key.pem")]).toEqual([next.ca, next.caKey]);
    expect([await inStore("cert.pem"), await inStore("key.pem")]).toEqual([next.cert, next.key]);
    expect(await entries(layout.machines)).toEqual(["dev-server-1"]);
    expect(await entries(store)).toEqual(
        [".consul-machines", "certs", "certs-renewed", "machines"].sort(),
    );
    expect((await calls()).slice(2).map((call) => call.split(" ")[0])).toEqual(["create", "rm"]);

    await openStore({ ...request, renewal: "certificate until today" });
    expect(await calls()).toHaveLength(4);
    await openStore({ ...request, renewal: "certificate until another day" });
    expect(await calls()).toHaveLength(6);
});

test("one that could not be renewed is left as it was, and tried again", async () => {
    const { request, layout, behave, nextAuthority } = await lay();
    await openStore(request);
    const before = await readFile(join(layout.certs, "ca.pem"), "utf8");
    const next = await nextAuthority();
    const renewal = "certificate until today";

    await behave({ breaksAuthority: true });
    await expect(openStore({ ...request, renewal })).rejects.toThrow("left its certificates");
    expect(await readFile(join(layout.certs, "ca.pem"), "utf8")).toBe(before);
    // So it is, too, after an end between the two moves.
    await rename(layout.certs, layout.oldCerts);
    await behave({});
    await openStore({ ...request, renewal });
    expect(await readFile(join(layout.certs, "ca.pem"), "utf8")).toBe(next.ca);
});

test("closing removes what a failed run of this stack left, and the store that we made", async () => {
    const { request, store, calls } = await lay();
    await openStore(request);
    await putMachine(store, "dev-server-1", 1, await certificates());
    await Machine.of({ store, machine: "dev-server-1" }).writeRecord({ owner, state: "making" });

    await closeStore(request);
    expect((await calls()).slice(2)).toEqual(["rm -y dev-server-1"]);
    expect(said).toContain("removing dev-server-1, which an interrupted run left behind");
    await expect(stat(store)).rejects.toThrow("ENOENT");
});

test("closing leaves a store with machines of others, and those machines", async () => {
    const { request, store, calls, layout } = await lay();
    await openStore(request);
    await putMachine(store, "other-server-1", 1, await certificates());
    await Machine.of({ store, machine: "other-server-1" }).writeRecord({
        owner: "other/dev",
        state: "made",
    });

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
