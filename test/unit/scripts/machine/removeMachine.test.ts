import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { beginTeardown, cancelTeardown } from "../../../../scripts/machine/teardownMarker.ts";
import { removeMachine } from "../../../../scripts/machine/removeMachine.ts";
import type { MachineRequest } from "../../../../scripts/protocol/requests.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { certificates } from "../../../support/certificates.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { said } from "../../../support/quickTime.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
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

const machine = "dev-server-1";
const owner = "consul-machines/dev";

/** A store with one machine of this stack, whose engine listens at a port. */
async function layMachine(behaviour: Behaviour = {}, enginePort = 1) {
    const { store, binary, calls } = await fakeDockerMachine(await tempFolder(), behaviour);
    await putMachine(store, machine, enginePort, await certificates());
    await Machine.of({ store, machine }).writeRecord({ owner, state: "made" });
    const request: MachineRequest = {
        store,
        binary,
        owner,
        machine,
        driver: "generic",
        flags: [],
        hostRemains: false,
    };
    return { request, store, calls };
}

test("a machine is removed with its entry and its record", async () => {
    const { request, store, calls } = await layMachine();

    await removeMachine(request);
    expect(await calls()).toEqual([`rm -y ${machine}`]);
    expect(await readdir(new Store(store).layout.machines)).toEqual([]);
    expect(await Machine.of({ store, machine }).record()).toBeUndefined();
});

test("one of which a later generation is there goes on", async () => {
    const { request, store, calls } = await layMachine();
    await Machine.of({ store, machine }).writeRecord({ owner, state: "made", generation: 2 });

    await removeMachine(request);
    expect(await calls()).toEqual([]);
    expect(await Machine.of({ store, machine }).record()).toEqual({
        owner,
        state: "made",
        generation: 2,
    });
    expect(said).toEqual([`${machine} stays, as its generation 2`]);

    await removeMachine({ ...request, generation: 2 });
    expect(await calls()).toEqual([`rm -y ${machine}`]);
});

test("one that is gone already is a success, and its record goes too", async () => {
    const { request, store, calls } = await layMachine();
    await removeMachine(request);
    await Machine.of({ store, machine }).writeRecord({ owner, state: "made" });

    await removeMachine(request);
    expect(await calls()).toEqual([`rm -y ${machine}`]);
    expect(await Machine.of({ store, machine }).record()).toBeUndefined();
});

test("one that another stack made is left alone, with its record", async () => {
    const { request, store, calls } = await layMachine();
    await Machine.of({ store, machine }).writeRecord({ owner: "other/dev", state: "made" });

    await removeMachine(request);
    expect(await calls()).toEqual([]);
    expect(await entries(new Store(store).layout.machines)).toEqual([machine]);
    expect(await Machine.of({ store, machine }).record()).toEqual({
        owner: "other/dev",
        state: "made",
    });
    expect(said).toEqual([`${machine} was made by other/dev; left alone`]);
});

test("an entry without its description is swept away, whatever docker-machine says", async () => {
    const { request, store } = await layMachine({ rm: "leaves the folder" });

    await removeMachine(request);
    expect(await entries(new Store(store).layout.machines)).toEqual([]);
    expect(await Machine.of({ store, machine }).record()).toBeUndefined();
});

test("one that its provider does not remove is kept, and the failure tells both ways out", async () => {
    const { request, store } = await layMachine({ rm: "fails" });

    await expect(removeMachine(request)).rejects.toThrow(
        new Error(
            `${machine}: docker-machine did not remove it:\n` +
                "  Error removing host: the provider does not answer\n" +
                `If the machine is gone at its provider, "docker-machine -s ${store} rm -f ` +
                `${machine}" removes its entry; otherwise that would leave it running, unknown.`,
        ),
    );
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made" });
});

test("from a host that stays, this stack's containers, volumes and networks are removed first", async () => {
    const filters = `filters={"label":["consul-machines.owner=${owner}"]}`;
    const engine = await fakeEngine((asked) => {
        switch (asked) {
            case `GET /containers/json?all=true&${filters}`:
                return { body: [{ Id: "c1" }, { Id: "c2" }] };
            case `GET /volumes?${filters}`:
                return { body: { Volumes: [{ Name: "consul-data" }] } };
            case `GET /networks?${filters}`:
                return { body: [{ Id: "n1" }] };
            default:
                return { status: 204 };
        }
    });
    const { request, calls } = await layMachine({}, engine.port);

    await removeMachine({ ...request, hostRemains: true });
    const [unit = "", ...after] = await calls();
    expect(unit).toMatch(
        /^ssh dev-server-1 if test -e \/etc\/systemd\/system\/consul-machines-address\.service; then .*sudo rm -f /,
    );
    expect(after).toEqual([`rm -y ${machine}`]);
    expect(said).toEqual([`Successfully removed ${machine}`]);
    expect(engine.asked).toEqual([
        `GET /containers/json?all=true&${filters}`,
        "POST /containers/c1/stop?t=20",
        "DELETE /containers/c1?force=true&v=true",
        "POST /containers/c2/stop?t=20",
        "DELETE /containers/c2?force=true&v=true",
        `GET /volumes?${filters}`,
        "DELETE /volumes/consul-data",
        `GET /networks?${filters}`,
        "DELETE /networks/n1",
    ]);
});

test("a host that answers and lets nobody in by SSH keeps the unit alone, which is said", async () => {
    const engine = await fakeEngine((asked) =>
        asked.startsWith("GET /volumes") ? { body: { Volumes: [] } } : { body: [] },
    );
    const { request, store } = await layMachine({ ssh: { fails: "exit status 255" } }, engine.port);

    await removeMachine({ ...request, hostRemains: true });
    expect(said[0]).toBe(
        "dev-server-1: the unit consul-machines-address.service is left on its host, and does nothing there: " +
            "docker-machine ssh ended with 1:\n  exit status 255",
    );
    expect(await Machine.of({ store, machine }).record()).toBeUndefined();
});

test("a host that does not answer keeps what ran on it, and does not hold up the rest", async () => {
    const { request, calls } = await layMachine();

    await removeMachine({ ...request, hostRemains: true });
    expect(await calls()).toEqual([`rm -y ${machine}`]);
    expect(said[0]).toMatch(/^dev-server-1: what ran on it could not be removed: .*ECONNREFUSED/);
});

test("a host that is not reached, nor any other of the stack's, may run on: it does not pass for lost", async () => {
    const { request, store, calls } = await layMachine();
    await putMachine(store, machine, 1, await certificates(), "nowhere.invalid");
    const silent = { ...request, hostRemains: true };

    await expect(removeMachine(silent)).rejects.toThrow(
        "Nothing answers at tcp://nowhere.invalid:1, nor at another host of consul-machines/dev: this computer may " +
            "have no way to them, and they run on. Run this where they are reached; or, if this one is lost, with " +
            "CONSUL_MACHINES_FORGET=1.",
    );
    expect(await calls()).toEqual([]);
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made" });

    // Of another host that is reached it is known that this computer has a way to them.
    await putMachine(store, "dev-server-2", 1, await certificates());
    await Machine.of({ store, machine: "dev-server-2" }).writeRecord({ owner, state: "made" });
    await removeMachine(silent);
    expect(await calls()).toEqual([`rm -y ${machine}`]);
});

test("one that was not reached when the teardown began, and others were, is lost", async () => {
    const { request, store, calls } = await layMachine();
    await putMachine(store, machine, 1, await certificates(), "nowhere.invalid");
    await beginTeardown({ store, owner }, true);
    await removeMachine({ ...request, hostRemains: true });
    expect(await calls()).toEqual([`rm -y ${machine}`]);
});

test("the host of a machine that is replaced is cleared too, but not during the teardown of the cluster", async () => {
    const engine = await fakeEngine((asked) =>
        asked.startsWith("GET /volumes") ? { body: { Volumes: [] } } : { body: [] },
    );
    const { request, store } = await layMachine({}, engine.port);
    await new Store(store).writeRoster({ owner, name: "store", machines: [machine] });
    await beginTeardown({ store, owner });
    await removeMachine(request);
    expect(engine.asked).toEqual([]);

    await cancelTeardown({ store, owner });
    await putMachine(store, machine, engine.port, await certificates());
    await Machine.of({ store, machine }).writeRecord({ owner, state: "made" });
    await removeMachine(request);
    expect(engine.asked).toHaveLength(3);
});
