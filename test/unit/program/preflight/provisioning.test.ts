import { expect, test } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import {
    checkCertificates,
    type CertificateCheck,
} from "../../../../program/preflight/provisioning.ts";
import { StackMachines } from "../../../../program/preflight/stackMachines.ts";
import { engineCertificates, type CertificateFlaws } from "../../../support/engineCertificates.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const owner = "consul-machines/dev";
const day = 24 * 60 * 60 * 1000;

/** What the checks of these nodes' machines find, by node. */
async function provisioningOf(
    nodes: readonly Parameters<typeof checkCertificates>[0][],
    machines: StackMachines,
    storeLasts: boolean,
) {
    const found = await Promise.all(
        nodes.map(async (one) => {
            return { name: one.name, check: await checkCertificates(one, machines, storeLasts) };
        }),
    );
    const byNode = (part: keyof CertificateCheck) =>
        Object.fromEntries(
            found.flatMap(({ name, check: { [part]: text } }) =>
                text === undefined ? [] : [[name, text]],
            ),
        );
    return { reasons: byNode("reason"), notices: byNode("notice"), problems: byNode("problem") };
}

/** A machine whose engine shows such a certificate, and why it was provisioned before. */
async function check(flaws: CertificateFlaws, provisioned?: string, storeLasts = true) {
    const made = await engineCertificates(flaws);
    const engine = await fakeEngine(healthy, 0, made);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made);
    const before = provisioned === undefined ? {} : { provisioned };
    const machines = devMachines(store);
    await machines.machine("server-1").writeRecord({ owner, state: "made", ...before });
    return provisioningOf([node("server-1")], machines, storeLasts);
}

/** A node whose machine gets its address from its driver. */
function node(name: string) {
    return { name, machine: { driver: "virtualbox" } as const };
}

/** Two machines that were elsewhere before; at the first one's place now this engine shows the
 * certificate of the second one, or nothing answers. */
async function checkMoved(
    where: "nothing" | "another",
    { ip, provisioned, generation, machine = node("").machine }: Moved = {},
) {
    const [mine, others] = await Promise.all([engineCertificates(), engineCertificates()]);
    const { store, binary, calls } = await fakeDockerMachine(
        await tempFolder(),
        ip === undefined ? {} : { ip },
    );
    const engine = await fakeEngine(healthy, 0, others);
    const port = where === "another" ? engine.port : 1;
    const first = { ...others, serverCert: mine.serverCert };
    await putMachine(store, "dev-server-1", port, first);
    await putMachine(store, "dev-server-2", port, others, "127.0.0.2");
    const before = provisioned === undefined ? {} : { provisioned };
    const machines = devMachines(store, binary);
    await machines.machine("server-1").writeRecord({ owner, state: "made", ...before });
    const stated = { name: "server-1", machine, generation };
    const found = await provisioningOf([stated], machines, true);
    return { found, calls: await calls(), store };
}

interface Moved {
    /** Where docker-machine finds it. @default it does not run */
    readonly ip?: string;
    /** Why it was provisioned before. */
    readonly provisioned?: string;
    readonly machine?: NodeArgs["machine"];
    /** Which machine of the node's is declared. @default the one that there was */
    readonly generation?: number;
}

/** A moment so many days from now, as a certificate has it: in whole seconds. */
const inDays = (days: number) => new Date(Math.floor((Date.now() + days * day) / 1000) * 1000);

test("a certificate that is good for more than 30 days is not reported", async () => {
    expect(await check({ serverEnds: inDays(31) })).toEqual({
        reasons: {},
        notices: {},
        problems: {},
    });
});

test.each([
    [29, "expires on"],
    [-1, "has expired on"],
])("one that expires in %i days is to be replaced", async (days, verb) => {
    const ends = inDays(days);
    const until = ends.toISOString();
    expect(await check({ serverEnds: ends })).toEqual({
        reasons: { "server-1": `certificate until ${until}` },
        notices: {
            "server-1":
                `server-1: its machine's certificate ${verb} ${until.slice(0, 10)}; its machine ` +
                "is provisioned again.",
        },
        problems: {},
    });
});

test.each([
    ["the CA of its machine's certificate", "authorityEnds"],
    ["this computer's certificate for its machine", "clientEnds"],
] as const)("%s is, where the store has one that lasts", async (whose, flaw) => {
    const ends = inDays(29);
    const until = ends.toISOString();
    const flaws = { [flaw]: ends, serverEnds: inDays(29.5) };
    expect(await check(flaws)).toEqual({
        reasons: { "server-1": `certificate until ${until}` },
        notices: {
            "server-1":
                `server-1: ${whose} expires on ${until.slice(0, 10)}; its machine is provisioned ` +
                "again.",
        },
        problems: {},
    });
    expect(await check({ [flaw]: ends }, undefined, false)).toEqual({
        reasons: {},
        notices: {},
        problems: {},
    });
});

test("one for another address is to be replaced", async () => {
    expect(await check({ address: "10.0.0.9" })).toEqual({
        reasons: { "server-1": "address 127.0.0.1" },
        notices: {
            "server-1":
                "server-1: its machine is at 127.0.0.1, but its certificate is for " +
                "IP Address:10.0.0.9; its machine is provisioned again.",
        },
        problems: {},
    });
});

test("the new address of one that was provisioned by hand reaches its node all the same", async () => {
    const made = await engineCertificates();
    const engine = await fakeEngine(healthy, 0, made);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made);
    const place = { address: "127.0.0.9", recorded: "127.0.0.9" };
    const machines = devMachines(store);
    await machines.machine("server-1").writeRecord({ owner, state: "made", place });
    expect(await provisioningOf([node("server-1")], machines, true)).toEqual({
        reasons: { "server-1": "address 127.0.0.1, no longer 127.0.0.9" },
        notices: {
            "server-1":
                "server-1: its machine is at 127.0.0.1 now, no longer at 127.0.0.9; its machine " +
                "is provisioned again.",
        },
        problems: {},
    });
});

test("what was done stays the reason, so that it is done once and changes nothing later", async () => {
    const earlier = "certificate until 2026-01-01T00:00:00.000Z";
    expect(await check({}, earlier)).toEqual({
        reasons: { "server-1": earlier },
        notices: {},
        problems: {},
    });
    const ends = inDays(5);
    const now = `certificate until ${ends.toISOString()}`;
    expect((await check({ serverEnds: ends }, earlier)).reasons).toEqual({ "server-1": now });
    expect(await check({ serverEnds: ends }, now)).toEqual({
        reasons: { "server-1": now },
        notices: {},
        problems: {},
    });
});

test.each(["nothing", "another"] as const)(
    "where %s answers in its place, docker-machine is asked where it is",
    async (where) => {
        const { found, calls } = await checkMoved(where, { ip: "10.0.0.7" });
        expect(found).toEqual({
            reasons: { "server-1": "address 10.0.0.7, no longer 127.0.0.1" },
            notices: {
                "server-1":
                    "server-1: its machine is at 10.0.0.7 now, no longer at 127.0.0.1; its " +
                    "machine is provisioned again.",
            },
            problems: {},
        });
        expect(calls).toEqual(["ip dev-server-1"]);
    },
);

test("a machine that is nowhere else is not reported here, nor one that does not run", async () => {
    const provisioned = "address 127.0.0.1";
    for (const moved of [{ ip: "127.0.0.1" }, {}, { ip: "not an address" }]) {
        const { found } = await checkMoved("nothing", { ...moved, provisioned });
        expect(found).toEqual({
            reasons: { "server-1": provisioned },
            notices: {},
            problems: {},
        });
    }
});

test("a machine whose address another one has, and that is not found elsewhere, is refused", async () => {
    const { found, store } = await checkMoved("another");
    expect(found).toEqual({
        reasons: {},
        notices: {},
        problems: {
            "server-1":
                'server-1: where its machine "dev-server-1" was, the machine "dev-server-2" ' +
                "answers now, and its own address is unknown. Start it " +
                `("docker-machine -s ${store} start dev-server-1"); or, if it is lost, have another ` +
                "one take its place: docs/replace.md.",
        },
    });
});

test("one that its next generation replaces is looked for nowhere", async () => {
    const { found, calls } = await checkMoved("another", { ip: "127.0.0.3", generation: 2 });
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
    expect(calls).toEqual([]);
});

test("of a host that has another one's address it is said what to do about hosts", async () => {
    const machine = { driver: "generic", address: "127.0.0.1" } as const;
    const { found } = await checkMoved("another", { machine });
    expect(found.problems["server-1"]).toContain(
        "unknown. Give each host its own address back; or,",
    );
});

test.each([
    { driver: "generic", address: "127.0.0.1" } as const,
    { driver: "lab", address: "127.0.0.1" } as const,
])("docker-machine is not asked where a machine of the driver $driver is", async (machine) => {
    const { found, calls } = await checkMoved("nothing", { ip: "10.0.0.7", machine });
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
    expect(calls).toEqual([]);
});

test("a machine that was never finished, or is missing, is not reported", async () => {
    const store = await tempFolder();
    const made = await engineCertificates();
    await putMachine(store, "dev-half", 1, made);
    const nodes = ["half", "none"].map(node);
    const machines = devMachines(store);
    await machines.machine("half").writeRecord({ owner, state: "making" });
    const found = await provisioningOf(nodes, machines, true);
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
});

test("an engine of another CA is not trusted", async () => {
    const made = await engineCertificates();
    const shown = await engineCertificates({ address: "10.0.0.9" });
    const engine = await fakeEngine(healthy, 0, {
        ...shown,
        ca: made.ca,
        serverCert: shown.serverCert,
    });
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made);
    const machines = devMachines(store, "/nowhere/docker-machine");
    await machines.machine("server-1").writeRecord({ owner, state: "made" });
    const found = await provisioningOf([node("server-1")], machines, true);
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
});

test("a host that is declared to be reached elsewhere is asked there, and gets a certificate for that", async () => {
    const made = await engineCertificates({ address: "192.0.2.9" });
    const engine = await fakeEngine(healthy, 0, made);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made, "192.0.2.9");
    const machine = { driver: "generic", address: "192.0.2.9", reach: "127.0.0.1" } as const;
    const names = { project: "consul-machines", stack: "dev", store };
    const machines = new StackMachines({ ...names, hosts: new Map([["server-1", machine]]) });
    await machines.machine("server-1").writeRecord({ owner, state: "made" });
    expect(await provisioningOf([{ name: "server-1", machine }], machines, true)).toEqual({
        reasons: { "server-1": "address 127.0.0.1" },
        notices: {
            "server-1":
                "server-1: its machine is at 127.0.0.1, but its certificate is for IP Address:192.0.2.9; its machine is " +
                "provisioned again.",
        },
        problems: {},
    });
    // Nothing is written by a look.
    expect((await devMachines(store).machine("server-1").inspect()).address).toBe("192.0.2.9");
});
