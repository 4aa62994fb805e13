import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { keptMachine } from "../../../../scripts/machine/keptFiles.ts";
import { Store } from "../../../../scripts/machine/store.ts";
import type { MachineRequest } from "../../../../scripts/protocol/requests.ts";
import { machineDown } from "../../../../scripts/verbs/machineDown.ts";
import { certificates, makeCertificates } from "../../../support/certificates.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { said } from "../../../support/quickTime.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

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

const machine = "dev-server-1";
const owner = "consul-machines/dev";
const filters = `filters={"label":["consul-machines.owner=${owner}"]}`;

/** A host with one container of ours, and the answer of the machine's Command that another computer got. */
async function elsewhere() {
    const engine = await fakeEngine((asked) => {
        switch (asked) {
            case `GET /containers/json?all=true&${filters}`:
                return { body: [{ Id: "c1" }] };
            case `GET /volumes?${filters}`:
                return { body: { Volumes: [{ Name: "consul-data" }] } };
            case `GET /networks?${filters}`:
                return { body: [] };
            default:
                return { status: 204 };
        }
    });
    const store = new Store(join(await tempFolder(), "store"));
    await putMachine(store.path, machine, engine.port, await certificates());
    await store.machine(machine).writeRecord({ owner, state: "made" });
    const answer = JSON.stringify({ kept: await keptMachine(store.machine(machine)) });
    return { engine, answer };
}

/** A folder without a store, and the request that the state has. */
async function here(enginePort: number, more: Partial<MachineRequest> = {}) {
    const { store, binary, calls } = await fakeDockerMachine(await tempFolder());
    const request: MachineRequest = {
        store,
        binary,
        owner,
        machine,
        driver: "generic",
        flags: ["--generic-ip-address=127.0.0.1", `--generic-engine-port=${enginePort}`],
        hostRemains: true,
        ...more,
    };
    return { request, store: new Store(store), calls };
}

/** The certificates that a store's machines share. */
async function layCerts({ layout }: Store) {
    const { ca, caKey, cert, key } = await certificates();
    await mkdir(layout.certs, { recursive: true });
    const files = { "ca.pem": ca, "ca-key.pem": caKey, "cert.pem": cert, "key.pem": key };
    for (const [file, text] of Object.entries(files)) {
        await writeFile(join(layout.certs, file), text);
    }
}

test("from a folder without the store a machine is removed with what the state keeps of it", async () => {
    const { engine, answer } = await elsewhere();
    const { request, store, calls } = await here(engine.port);

    await machineDown(request, answer);
    expect(engine.asked).toContain("DELETE /containers/c1?force=true&v=true");
    expect(engine.asked).toContain("DELETE /volumes/consul-data");
    expect((await calls()).at(-1)).toBe(`rm -y ${machine}`);
    expect(await store.machineNames()).toEqual([]);
    expect(said[0]).toBe(`${machine}: what is needed to remove it was taken from the state`);
});

test("one whose removal Pulumi did not record is gone, and is not brought back to be removed", async () => {
    const { engine, answer } = await elsewhere();
    const { request, calls } = await here(engine.port);
    await machineDown(request, answer);
    const before = await calls();

    await machineDown(request, answer);
    expect(await calls()).toEqual(before);
    expect(before.at(-1)).toBe(`rm -y ${machine}`);
});

test("without the store, and with nothing in the state, it fails and names what is left where", async () => {
    const { engine } = await elsewhere();
    const { request, calls } = await here(engine.port);

    await expect(machineDown(request, "")).rejects.toThrow(
        new Error(
            `${machine}: docker-machine's store ${request.store} is not in this folder, and the state does ` +
                `not keep what it takes to remove this machine of ${owner}. An engine answers at tcp://127.0.0.1:${engine.port}, where ` +
                "the containers and volumes of this stack are; nothing was removed. Run `pulumi preview` first, " +
                "which lays the store down from the stack's state where the state keeps it; or copy the folder from " +
                "where the stack was brought up (docs/team.md). If the machine is gone for good, run this with " +
                "CONSUL_MACHINES_FORGET=1.",
        ),
    );
    expect(engine.asked).toEqual([]);
    expect(await calls()).toEqual([]);

    stubEnv("CONSUL_MACHINES_FORGET", "1");
    await machineDown(request, "");
});

test.each<[string, Partial<MachineRequest>, RegExp]>([
    [
        "whose host does not answer",
        { flags: ["--generic-ip-address=127.0.0.1", "--generic-engine-port=1"] },
        /not to be seen from here: tcp:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
    ],
    [
        "that a provider made",
        { driver: "amazonec2", flags: [], hostRemains: false },
        /A machine of the driver "amazonec2" would go on running/,
    ],
])("so does one %s", async (_, more, seen) => {
    const { request } = await here(1, more);
    await expect(machineDown(request, "")).rejects.toThrow(seen);
});

test("a host that the stack itself declares goes with its own resource", async () => {
    const { request, calls } = await here(1, { hostRemains: false });
    await machineDown(request, "");
    expect(await calls()).toEqual([]);
});

test("one of which the store has no entry is cleared by the certificates that its machines share", async () => {
    const { engine } = await elsewhere();
    const { request, store } = await here(engine.port);
    await layCerts(store);
    await store.machine(machine).writeRecord({ owner, state: "made" });

    await machineDown(request, "");
    expect(engine.asked).toContain("DELETE /containers/c1?force=true&v=true");
    expect(engine.asked).toContain("DELETE /volumes/consul-data");
    expect(await store.machine(machine).record()).toBeUndefined();
});

test.each<[string, Partial<MachineRequest>, RegExp]>([
    [
        "whose host does not answer to them",
        {},
        /has no entry of it, .* What ran on it could not be removed: .*ECONNREFUSED.* nothing was removed/,
    ],
    [
        "that a provider made",
        { driver: "amazonec2", flags: [], hostRemains: false },
        /has no entry of it, .* A machine of the driver "amazonec2" would go on running/,
    ],
])("one %s may run on: it does not pass for removed", async (_, more, seen) => {
    const { request, store } = await here(1, more);
    await layCerts(store);
    await store.machine(machine).writeRecord({ owner, state: "made" });
    await expect(machineDown(request, "")).rejects.toThrow(seen);

    stubEnv("CONSUL_MACHINES_FORGET", "1");
    await machineDown(request, "");
    expect(await store.machine(machine).record()).toBeUndefined();
});

test("one that was being made, and has no entry, is gone", async () => {
    const { request, store } = await here(1);
    await store.machine(machine).writeRecord({ owner, state: "making" });
    await machineDown(request, "");
    expect(await store.machine(machine).record()).toBeUndefined();
});

test("an entry without its files does not hide that its host answers", async () => {
    const { engine } = await elsewhere();
    const { request, store, calls } = await here(engine.port);
    await putMachine(store.path, machine, engine.port, await certificates());
    await store.machine(machine).writeRecord({ owner, state: "made" });
    await rm(store.machine(machine).files.config);
    await rm(store.machine(machine).files.key);

    await expect(machineDown(request, "")).rejects.toThrow(
        `An engine answers at tcp://127.0.0.1:${engine.port}`,
    );
    expect(await calls()).toEqual([]);
});

test("a later generation that is here is not removed with an earlier one's answer", async () => {
    const { engine, answer } = await elsewhere();
    const { request, store, calls } = await here(engine.port);
    await store.machine(machine).writeRecord({ owner, state: "made", generation: 2 });

    await machineDown(request, answer);
    expect(await calls()).toEqual([]);
    expect(said).toEqual([`${machine} stays, as its generation 2`]);
});

test("a host that answers, but not to these certificates, is not left with what runs there", async () => {
    const { engine } = await elsewhere();
    const { request, store, calls } = await here(engine.port);
    await putMachine(store.path, machine, engine.port, await makeCertificates());
    await store.machine(machine).writeRecord({ owner, state: "made" });

    await expect(machineDown(request, "")).rejects.toThrow(
        new RegExp(
            `^${machine}: what ran on it could not be removed: .* An engine answers at ` +
                `tcp://127.0.0.1:${engine.port}, so containers and volumes of ${owner} may still be there`,
        ),
    );
    expect(await calls()).toEqual([]);
    expect(await store.machineNames()).toEqual([machine]);

    stubEnv("CONSUL_MACHINES_FORGET", "1");
    await machineDown(request, "");
    expect(await store.machineNames()).toEqual([]);
    await rm(store.path, { recursive: true });
});
