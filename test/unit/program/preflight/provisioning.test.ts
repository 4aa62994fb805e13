import { expect, test } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import { neededProvisioning } from "../../../../program/preflight/provisioning.ts";
import { writeRecord } from "../../../../scripts/machine/machineRecord.ts";
import { engineCertificates, type CertificateFlaws } from "../../../support/engineCertificates.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";
const day = 24 * 60 * 60 * 1000;

/** A machine whose engine shows such a certificate, and why it was provisioned before. */
async function lookAt(flaws: CertificateFlaws, provisioned?: string, storeLasts = true) {
    const made = await engineCertificates(flaws);
    const engine = await fakeEngine(healthy, 0, made);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made);
    const before = provisioned === undefined ? {} : { provisioned };
    await writeRecord(store, "dev-server-1", { owner, state: "made", ...before });
    return neededProvisioning([node("server-1")], { store, owner, stack: "dev" }, { storeLasts });
}

/** A node whose machine gets its address from its driver. */
function node(name: string) {
    return { name, machine: { driver: "virtualbox" } as const };
}

/** Two machines that were elsewhere before; at the first one's place now this engine shows the
 * certificate of the second one, or nobody answers. */
async function lookForMoved(
    where: "nobody" | "another",
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
    await writeRecord(store, "dev-server-1", { owner, state: "made", ...before });
    const machines = { store, owner, stack: "dev" };
    const stated = { name: "server-1", machine, generation };
    const found = await neededProvisioning([stated], machines, { binary, storeLasts: true });
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

test("a certificate that is good for more than 30 days is no matter", async () => {
    expect(await lookAt({ serverEnds: inDays(31) })).toEqual({
        reasons: {},
        notices: {},
        problems: {},
    });
});

test.each([
    [29, "lapses on"],
    [-1, "has lapsed on"],
])("one that lapses in %i days is to be made anew", async (days, verb) => {
    const ends = inDays(days);
    const until = ends.toISOString();
    expect(await lookAt({ serverEnds: ends })).toEqual({
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
    ["the authority of its machine's certificate", "authorityEnds"],
    ["this computer's certificate for its machine", "clientEnds"],
] as const)("%s is, where the store has one that lasts", async (whose, flaw) => {
    const ends = inDays(29);
    const until = ends.toISOString();
    const flaws = { [flaw]: ends, serverEnds: inDays(29.5) };
    expect(await lookAt(flaws)).toEqual({
        reasons: { "server-1": `certificate until ${until}` },
        notices: {
            "server-1":
                `server-1: ${whose} lapses on ${until.slice(0, 10)}; its machine is provisioned ` +
                "again.",
        },
        problems: {},
    });
    expect(await lookAt({ [flaw]: ends }, undefined, false)).toEqual({
        reasons: {},
        notices: {},
        problems: {},
    });
});

test("one for another address is to be made anew", async () => {
    expect(await lookAt({ address: "10.0.0.9" })).toEqual({
        reasons: { "server-1": "address 127.0.0.1" },
        notices: {
            "server-1":
                "server-1: its machine is at 127.0.0.1, but its certificate is for " +
                "IP Address:10.0.0.9; its machine is provisioned again.",
        },
        problems: {},
    });
});

test("one that somebody provisioned by hand where it is now is told to its node all the same", async () => {
    const made = await engineCertificates();
    const engine = await fakeEngine(healthy, 0, made);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made);
    const place = { address: "127.0.0.9", recorded: "127.0.0.9" };
    await writeRecord(store, "dev-server-1", { owner, state: "made", place });
    const machines = { store, owner, stack: "dev" };
    const means = { storeLasts: true };
    expect(await neededProvisioning([node("server-1")], machines, means)).toEqual({
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
    expect(await lookAt({}, earlier)).toEqual({
        reasons: { "server-1": earlier },
        notices: {},
        problems: {},
    });
    const ends = inDays(5);
    const now = `certificate until ${ends.toISOString()}`;
    expect((await lookAt({ serverEnds: ends }, earlier)).reasons).toEqual({ "server-1": now });
    expect(await lookAt({ serverEnds: ends }, now)).toEqual({
        reasons: { "server-1": now },
        notices: {},
        problems: {},
    });
});

test.each(["nobody", "another"] as const)(
    "where %s answers in its place, docker-machine is asked where it is",
    async (where) => {
        const { found, calls } = await lookForMoved(where, { ip: "10.0.0.7" });
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

test("a machine that is nowhere else is not this one's to judge, nor one that does not run", async () => {
    const provisioned = "address 127.0.0.1";
    for (const moved of [{ ip: "127.0.0.1" }, {}, { ip: "not an address" }]) {
        const { found } = await lookForMoved("nobody", { ...moved, provisioned });
        expect(found).toEqual({
            reasons: { "server-1": provisioned },
            notices: {},
            problems: {},
        });
    }
});

test("a machine whose place another one has, and that nobody finds, is refused", async () => {
    const { found, store } = await lookForMoved("another");
    expect(found).toEqual({
        reasons: {},
        notices: {},
        problems: {
            "server-1":
                'server-1: where its machine "dev-server-1" was, the machine "dev-server-2" ' +
                "answers now, and nobody can tell where it is instead. Start it " +
                `("docker-machine -s ${store} start dev-server-1"); or, if it is lost, have another ` +
                "one take its place: docs/replace.md.",
        },
    });
});

test("one that is given up for its next generation is looked for nowhere", async () => {
    const { found, calls } = await lookForMoved("another", { ip: "127.0.0.3", generation: 2 });
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
    expect(calls).toEqual([]);
});

test("of a host that has another one's address it is said what to do about hosts", async () => {
    const machine = { driver: "generic", address: "127.0.0.1" } as const;
    const { found } = await lookForMoved("another", { machine });
    expect(found.problems["server-1"]).toContain(
        "instead. Give each host its own address back; or,",
    );
});

test.each([
    { driver: "generic", address: "127.0.0.1" } as const,
    { driver: "lab", address: "127.0.0.1" } as const,
])("nobody is asked where a machine of the driver $driver is", async (machine) => {
    const { found, calls } = await lookForMoved("nobody", { ip: "10.0.0.7", machine });
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
    expect(calls).toEqual([]);
});

test("a machine that was never finished, or is missing, is no matter", async () => {
    const store = await tempFolder();
    const made = await engineCertificates();
    await putMachine(store, "dev-half", 1, made);
    await writeRecord(store, "dev-half", { owner, state: "making" });
    const nodes = ["half", "none"].map(node);
    const machines = { store, owner, stack: "dev" };
    const found = await neededProvisioning(nodes, machines, { storeLasts: true });
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
});

test("an engine of another authority is not believed", async () => {
    const made = await engineCertificates();
    const shown = await engineCertificates({ address: "10.0.0.9" });
    const engine = await fakeEngine(healthy, 0, {
        ...shown,
        ca: made.ca,
        serverCert: shown.serverCert,
    });
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made);
    await writeRecord(store, "dev-server-1", { owner, state: "made" });
    const machines = { store, owner, stack: "dev" };
    const means = { binary: "/nowhere/docker-machine", storeLasts: true };
    const found = await neededProvisioning([node("server-1")], machines, means);
    expect(found).toEqual({ reasons: {}, notices: {}, problems: {} });
});
