import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { describeProcess } from "../../../../scripts/system/processIdentity.ts";
import { adoptVariable } from "../../../../scripts/hosts/facts/hostPlan.ts";
import { machineUp } from "../../../../scripts/verbs/machineUp.ts";
import type { MachineRequest } from "../../../../scripts/protocol/requests.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { certificates, makeCertificates } from "../../../support/certificates.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { deletionCall, deletionsOf } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy, leavingFlows } from "../../../support/fakeEngine.ts";
import { fakeHost } from "../../../support/fakeHost.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { Store } from "../../../../scripts/machine/store.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(50);
});
afterEach(() => {
    vi.useRealTimers();
});

const machine = "dev-server-1";
const owner = "consul-machines/dev";
const create = `create --driver=generic --generic-ip-address=127.0.0.1 ${machine}`;
/** Where a machine is that did not move. */
const place = { address: "127.0.0.1", recorded: "127.0.0.1" };
/** A port at which no server listens. */
const deadPort = 1;

/** A docker-machine with an empty store, an engine where its machines will be, and a request. */
async function lay(behaviour: Behaviour = {}) {
    const engine = await fakeEngine(healthy);
    const machineBinary = await fakeDockerMachine(await tempFolder());
    await machineBinary.behave({ enginePort: engine.port, ...behaviour });
    const { store, binary, calls } = machineBinary;
    const behave = (more: Behaviour) =>
        machineBinary.behave({ enginePort: engine.port, ...behaviour, ...more });
    const request: MachineRequest = {
        store,
        binary,
        owner,
        machine,
        driver: "generic",
        flags: ["--generic-ip-address=127.0.0.1"],
        hostRemains: false,
    };
    return { engine, request, store, calls, behave };
}

/** The same with a machine in the store whose engine listens at this port. */
async function layWithMachine(port: "live" | "dead", behaviour: Behaviour = {}) {
    const laid = await lay(behaviour);
    const enginePort = port === "live" ? laid.engine.port : deadPort;
    await putMachine(laid.store, machine, enginePort, await certificates());
    await Machine.of({ store: laid.store, machine }).writeRecord({ owner, state: "made" });
    return laid;
}

/** What a healthy machine answers. */
async function answer(port: number) {
    const { ca, cert, key } = await certificates();
    return {
        address: "127.0.0.1",
        endpoint: `tcp://127.0.0.1:${port}`,
        bridgeAddress: "172.17.0.1",
        dockerVersion: "29.1.0",
        ca,
        cert,
        key,
    };
}

test("a machine that is not there is made, recorded, and described with its certificates", async () => {
    const { engine, request, store, calls } = await lay();

    expect(await machineUp(request)).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([create]);
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made", place });
    expect(said).toEqual(["Running pre-create checks...", "Creating machine..."]);
});

test("a host that is reached elsewhere is made there, and its node has its own address", async () => {
    const { engine, request, store } = await lay();
    const made = await machineUp({ ...request, address: "10.0.0.11" });
    expect(made).toMatchObject({ ...(await answer(engine.port)), address: "10.0.0.11" });
    expect(await Machine.of({ store, machine }).record()).toEqual({
        ...{ owner, state: "made", place },
        address: "10.0.0.11",
    });
});

test.each([
    { says: "2: eth0    inet 127.0.0.1/24 brd 127.0.0.255 scope global eth0", own: "127.0.0.1" },
    { says: "10.0.0.11 127.0.0.1", own: "127.0.0.1" },
    { says: "2: eth0    inet 10.0.0.11/24", own: undefined },
    { says: "2: eth0    inet 127.0.0.11/24", own: undefined },
    { fails: "Permission denied", own: undefined },
])(
    "whether it is reached at an address of its own, the host tells: $says",
    async ({ own, ...ssh }) => {
        const { request } = await lay({ ssh });
        const made = await machineUp({ ...request, address: "10.0.0.11" });
        expect(made.reachAddress).toBe(own);
    },
);

test("a host that is reached elsewhere than before is followed, and made no other machine", async () => {
    const { engine, request, store, calls } = await layWithMachine("live");
    await putMachine(store, machine, engine.port, await certificates(), "192.0.2.9");
    const found = await machineUp({ ...request, address: "10.0.0.11" });
    expect(found).toMatchObject({ ...(await answer(engine.port)), address: "10.0.0.11" });
    expect(await calls()).toEqual([`ssh ${machine} ip -4 -o addr show 2>/dev/null || hostname -I`]);
    expect(said).toContain(`${machine} is reached at 127.0.0.1 now, no longer at 192.0.2.9`);
});

test("its answer has what another computer needs of it, unless the state is not to keep that", async () => {
    const { request, store, calls } = await lay();

    const { kept = {} } = await machineUp(request);
    expect(Object.keys(kept).toSorted()).toEqual([
        ...["ca.pem", "cert.pem", "config.json", "key.pem"].map(
            (file) => `machines/${machine}/${file}`,
        ),
        `records/${machine}.json`,
    ]);
    expect(await machineUp({ ...request, inState: false })).not.toHaveProperty("kept");

    // Another folder, where its Command runs again.
    const answer = JSON.stringify({ kept });
    await rm(store, { recursive: true });
    expect((await machineUp(request, answer)).kept).toEqual(kept);
    expect(await calls()).toEqual([create]);
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made", place });
});

test("docker-machine is not called before the host's SSH server greets", async () => {
    const { engine, request, calls } = await lay();
    const before: (readonly string[])[] = [];
    const ssh = createServer((socket) => {
        void calls().then((made) => {
            before.push(made);
            socket.end(before.length < 3 ? "" : "SSH-2.0-x\r\n");
        });
    });
    await new Promise<void>((ready) => ssh.listen(0, "127.0.0.1", ready));
    onTestFinished(() => void ssh.close());
    const port = `--generic-ssh-port=${(ssh.address() as AddressInfo).port}`;

    const flags = [...request.flags, port];
    expect(await machineUp({ ...request, flags })).toMatchObject(await answer(engine.port));
    expect(before).toEqual([[], [], []]);
    expect(await calls()).toEqual([create.replace(machine, `${port} ${machine}`)]);
});

test("a healthy one of this stack is adopted without a call", async () => {
    const { engine, request, calls } = await layWithMachine("live");

    expect(await machineUp(request)).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([]);
    expect(engine.asked).toEqual(["GET /_ping", "GET /version", "GET /networks/bridge"]);
});

test("a stopped one is started, and nothing more where that helps", async () => {
    const { engine, request, calls } = await layWithMachine("dead", {
        status: "Stopped",
        mends: "start",
    });

    expect(await machineUp(request)).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([`status ${machine}`, `start ${machine}`]);
    expect(said).toEqual([`${machine} is Stopped; starting it`]);
});

test("one that runs and does not answer to our certificate is provisioned again", async () => {
    const { engine, request, calls } = await layWithMachine("dead", { mends: "regenerate-certs" });

    expect(await machineUp(request)).toMatchObject(await answer(engine.port));
    const [status, ssh, ...rest] = await calls();
    expect(status).toBe(`status ${machine}`);
    expect(ssh).toContain(`ssh ${machine} sudo rm -f `);
    expect(rest).toEqual([`regenerate-certs -f ${machine}`]);
    expect(said[0]).toBe(
        `${machine}: its engine does not answer to our certificate; provisioning it again`,
    );
});

test("one whose engine is of another CA does not count as healthy", async () => {
    const { engine, request, store, calls } = await lay({ mends: "regenerate-certs" });
    await putMachine(store, machine, engine.port, await makeCertificates());
    await Machine.of({ store, machine }).writeRecord({ owner, state: "made" });

    await expect(machineUp({ ...request, driver: "virtualbox" })).rejects.toThrow(
        /^dev-server-1: its Docker Engine does not answer \(machine status: Running\)\. /,
    );
    expect(await calls()).toEqual([
        `ip ${machine}`,
        `status ${machine}`,
        `regenerate-certs -f ${machine}`,
    ]);
    expect(engine.asked).toEqual([]);
});

test("one that cannot be repaired is reported with its state, the ways out and the last lines", async () => {
    const { request } = await layWithMachine("dead", { status: "Stopped" });

    await expect(machineUp({ ...request, driver: "virtualbox" })).rejects.toThrow(
        new Error(
            `${machine}: its Docker Engine does not answer (machine status: Stopped). Start the ` +
                "machine or make it reachable and run `pulumi up` again; or replace it with " +
                "`pulumi up --replace` of its Command. docker-machine said last:\n" +
                "  regenerate-certs: it did not help",
        ),
    );
});

test("a half-made one is removed and recreated", async () => {
    const { engine, request, store, calls } = await layWithMachine("dead");
    await Machine.of({ store, machine }).writeRecord({ owner, state: "making" });

    const virtual = { ...request, driver: "digitalocean", flags: [] };
    expect(await machineUp(virtual)).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([`rm -y ${machine}`, `create --driver=digitalocean ${machine}`]);
    expect(said[0]).toBe(`${machine} is half-made; recreating it`);
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made", place });
});

test("a healthy machine is provisioned again for each reason once", async () => {
    const mends = "regenerate-certs";
    const { engine, request, store, calls } = await layWithMachine("live", { mends });
    const provision = "certificate until 2026-12-01";
    for (const reason of [provision, provision, "address 127.0.0.1"]) {
        expect(await machineUp({ ...request, provision: reason })).toMatchObject(
            await answer(engine.port),
        );
        expect(await Machine.of({ store, machine }).record()).toEqual({
            owner,
            state: "made",
            provisioned: reason,
            place,
        });
    }
    const again = `regenerate-certs -f ${machine}`;
    expect(await calls()).toEqual([again, again]);
});

test.each(["an engine that answers", "one that does not"])(
    "after %s was restarted, the stale flows to this stack's containers are deleted with an old engine",
    async (what) => {
        const { port } = await fakeEngine(leavingFlows);
        const { request, store, calls } = await lay({
            enginePort: port,
            mends: "regenerate-certs",
            ssh: { says: deletionsOf(4) },
        });
        const answers = what === "an engine that answers";
        await putMachine(store, machine, answers ? port : deadPort, await certificates());
        await Machine.of({ store, machine }).writeRecord({ owner, state: "made" });
        await machineUp(answers ? { ...request, provision: "address 127.0.0.1" } : request);
        const [again, deletion] = (await calls()).slice(-2);
        expect(again).toBe(`regenerate-certs -f ${machine}`);
        expect(deletion).toBe(deletionCall(machine, 8301, 5353));
    },
);
/** A machine of a driver that gives addresses, in a store that has its old one; its engine listens where
 * docker-machine finds it. */
async function layMoved(behaviour: Behaviour = {}) {
    const laid = await lay({ ip: "127.0.0.1", mends: "regenerate-certs", ...behaviour });
    await putMachine(laid.store, machine, laid.engine.port, await certificates(), "127.0.0.99");
    await Machine.of({ store: laid.store, machine }).writeRecord({ owner, state: "made" });
    return { ...laid, request: { ...laid.request, driver: "virtualbox", flags: [] } };
}

test("one that is elsewhere is found again, and is known there from then on", async () => {
    const { engine, request, store, calls } = await layMoved();
    expect(await machineUp(request)).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([`ip ${machine}`]);
    expect(said).toEqual([`${machine} is at 127.0.0.1 now, no longer at 127.0.0.99`]);
    const found = { address: "127.0.0.1", recorded: "127.0.0.99" };
    expect(await Machine.of({ store, machine }).record()).toEqual({
        owner,
        state: "made",
        place: found,
    });
    expect(await Machine.of({ store, machine }).inspect()).toEqual({
        address: "127.0.0.1",
        recorded: "127.0.0.99",
        bound: "127.0.0.99",
        endpoint: `tcp://127.0.0.1:${engine.port}`,
    });

    expect(await machineUp(request)).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([`ip ${machine}`]);
});

test("docker-machine's record of a later start overrides where one was found", async () => {
    const { request, store } = await layMoved();
    await machineUp(request);
    await putMachine(store, machine, 2376, await certificates(), "127.0.0.77");
    expect(await Machine.of({ store, machine }).inspect()).toMatchObject({ address: "127.0.0.77" });
});

test("a provisioning that fails is tried again by the next run", async () => {
    const { request, store } = await layWithMachine("live");
    await expect(machineUp({ ...request, provision: "address 127.0.0.1" })).rejects.toThrow(
        `${machine}: it could not be provisioned again (address 127.0.0.1); docker-machine said last`,
    );
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made" });
});

/** An engine that has a volume of this stack's, and notes what is done to it. */
async function layWithData(state: "new" | "half-made") {
    const done: string[] = [];
    const engine = await fakeEngine((request, ...rest) => {
        if (!request.startsWith("GET")) {
            done.push(request);
        }
        return request.startsWith("GET /volumes?")
            ? { body: { Volumes: [{ Name: "consul-data" }] } }
            : healthy(request, ...rest);
    });
    const laid = await lay({ enginePort: engine.port });
    if (state === "half-made") {
        await putMachine(laid.store, machine, engine.port, await certificates());
        await Machine.of({ store: laid.store, machine }).writeRecord({ owner, state: "making" });
    }
    await fakeHost({ address: "127.0.0.1" });
    return { ...laid, done, request: { ...laid.request, hostRemains: true } };
}

test.each(["new", "half-made"] as const)(
    "a %s machine is refused on a host that has data of an earlier one, and those are left alone",
    async (state) => {
        const { request, store, done } = await layWithData(state);
        const refusal =
            /its host still has data of consul-machines\/dev .+: consul-data\. A server/;
        await expect(machineUp(request)).rejects.toThrow(refusal);
        expect(done).toEqual([]);
        expect(await Machine.of({ store, machine }).record()).toBeUndefined();
        expect(await entries(new Store(store).layout.machines)).toEqual([]);
        // Asked again it is refused again, not taken for half-made and wiped.
        await expect(machineUp(request)).rejects.toThrow(refusal);
        expect(done).toEqual([]);
    },
);

test("the data are adopted where the operator says so", async () => {
    stubEnv(adoptVariable, "1");
    const { request, store, done, calls } = await layWithData("new");
    expect(await machineUp(request)).toMatchObject({ address: "127.0.0.1" });
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made", place });
    expect(done).toEqual([]);
    // It has what starts its agent where its address comes after Docker.
    expect((await calls()).at(-1)).toMatch(
        /^ssh dev-server-1 if test -d \/run\/systemd\/system; then .*consul-machines-address\.service/,
    );
});

test("a host without what starts its agent late is a machine all the same, which is said", async () => {
    stubEnv(adoptVariable, "1");
    const { request, store, behave } = await layWithData("new");
    await behave({ ssh: { fails: "exit status 1" } });
    await machineUp(request);
    expect(await Machine.of({ store, machine }).record()).toMatchObject({ state: "made" });
    expect(said.at(-1)).toMatch(
        /address comes after Docker, could not be laid down: docker-machine/,
    );
});

test("a create that fails leaves a half-made machine, which the next run recreates", async () => {
    const { request, store } = await lay({ create: "fails" });

    await expect(machineUp(request)).rejects.toThrow(
        new Error(
            `${machine}: docker-machine create ended with 1 (it may be half-made; the next ` +
                "`pulumi up` removes it and tries again):\n  Running pre-create checks...\n" +
                "  Creating machine...\n  Error creating machine: no SSH",
        ),
    );
    expect(await Machine.of({ store, machine }).record()).toMatchObject({ owner, state: "making" });
    expect(await entries(new Store(store).layout.machines)).toEqual([machine]);
});

test("a driver that refuses at once has left nothing", async () => {
    const { request } = await lay({ create: "refuses" });

    await expect(machineUp({ ...request, driver: "amazonec2" })).rejects.toThrow(
        new Error(
            `${machine}: docker-machine create ended with 3 (driver "amazonec2" refused before ` +
                "it made anything; nothing is left):\n" +
                "  Error setting machine configuration from flags provided",
        ),
    );
});

test.each([
    ["another stack", "consul-machines/other", "consul-machines/other"],
    ["a person", undefined, "somebody else"],
])("one that %s made is left alone", async (_, maker, named) => {
    const { request, store, calls } = await lay();
    await putMachine(store, machine, deadPort, await certificates());
    if (maker !== undefined) {
        await Machine.of({ store, machine }).writeRecord({ owner: maker, state: "made" });
    }

    await expect(machineUp(request)).rejects.toThrow(
        new Error(
            `${machine}: a machine of this name was made by ${named}, not by ${owner}; it is left ` +
                "alone. Rename the node, or remove that machine with " +
                `"docker-machine -s ${store} rm ${machine}".`,
        ),
    );
    expect(await calls()).toEqual([]);
});

test("a docker-machine that a killed run left at work is ended first", async () => {
    quickClock();
    const { engine, request, store } = await lay();
    const left = spawn("sleep", ["60"], { stdio: "ignore" });
    const ended = once(left, "exit");
    const maker = await describeProcess(left.pid ?? 0);
    await Machine.of({ store, machine }).writeRecord({ owner, state: "making", maker });

    expect(await machineUp(request)).toMatchObject(await answer(engine.port));
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(said[0]).toBe(
        `ending docker-machine ${maker.pid}, which an interrupted run left behind`,
    );
});

test("an engine that answers the ping and then fails is reported with its address", async () => {
    const engine = await fakeEngine((asked) =>
        asked === "GET /_ping" ? { body: "OK" } : { status: 500, body: { message: "no disk" } },
    );
    const { request, store } = await lay();
    await putMachine(store, machine, engine.port, await certificates());
    await Machine.of({ store, machine }).writeRecord({ owner, state: "made" });

    await expect(machineUp(request)).rejects.toThrow(
        new Error(
            `${machine}: tcp://127.0.0.1:${engine.port}: /version: the engine answered 500: no disk`,
        ),
    );
});

test("a lost machine is replaced by one of the next generation", async () => {
    const { engine, request, store, calls } = await layWithMachine("dead");
    expect(await machineUp({ ...request, generation: 2 })).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([`rm -y ${machine}`, create]);
    expect(await Machine.of({ store, machine }).record()).toMatchObject({
        owner,
        state: "made",
        generation: 2,
    });
    expect(said).toContain(`${machine}: its machine of generation 1 is lost; recreating it`);
});

test("one of the next generation that was left half-made is recreated, and so is one that lost its entry", async () => {
    const { engine, request, store, calls } = await lay();
    await Machine.of({ store, machine }).writeRecord({ owner, state: "making", generation: 2 });
    expect(await machineUp({ ...request, generation: 2 })).toMatchObject(await answer(engine.port));
    await Machine.of({ store, machine }).writeRecord({ owner, state: "made", generation: 2 });
    await rm(new Store(store).layout.machines, { recursive: true });
    expect(await machineUp({ ...request, generation: 3 })).toMatchObject(await answer(engine.port));
    expect(await calls()).toEqual([create, create]);
    expect(await Machine.of({ store, machine }).record()).toMatchObject({
        owner,
        state: "made",
        generation: 3,
    });
});

test("a machine that answers is not replaced by another generation", async () => {
    const { request, store, calls } = await layWithMachine("live");
    await expect(machineUp({ ...request, generation: 2 })).rejects.toThrow(
        `${machine}: generation 2 is declared, but its machine of generation 1 answers.`,
    );
    expect(await calls()).toEqual([]);
    expect(await Machine.of({ store, machine }).record()).toEqual({ owner, state: "made" });
});
