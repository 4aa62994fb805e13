import { expect, test } from "vitest";
import { neededProvisioning } from "../../../preflight/provisioning.ts";
import { writeRecord } from "../../../scripts/machineRecord.ts";
import { engineCertificates, type CertificateFlaws } from "../../support/engineCertificates.ts";
import { putMachine } from "../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../support/fakeEngine.ts";
import { tempFolder } from "../../support/tempFolder.ts";

const owner = "consul-machines/dev";
const day = 24 * 60 * 60 * 1000;

/** A machine whose engine shows such a certificate, and why it was provisioned before. */
async function lookAt(flaws: CertificateFlaws, provisioned?: string) {
    const made = await engineCertificates(flaws);
    const engine = await fakeEngine(healthy, 0, made);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, made);
    const before = provisioned === undefined ? {} : { provisioned };
    await writeRecord(store, "dev-server-1", { owner, state: "made", ...before });
    return neededProvisioning([{ name: "server-1" }], { store, owner, stack: "dev" });
}

/** A moment so many days from now, as a certificate has it: in whole seconds. */
const inDays = (days: number) => new Date(Math.floor((Date.now() + days * day) / 1000) * 1000);

test("a certificate that is good for more than 30 days is no matter", async () => {
    expect(await lookAt({ serverEnds: inDays(31) })).toEqual({ reasons: {}, notices: {} });
});

test.each([29, -1])("one that lapses in %i days is to be made anew", async (days) => {
    const ends = inDays(days);
    const until = ends.toISOString();
    expect(await lookAt({ serverEnds: ends })).toEqual({
        reasons: { "server-1": `certificate until ${until}` },
        notices: {
            "server-1":
                `server-1: its machine's certificate lapses on ${until.slice(0, 10)}; its machine ` +
                "is provisioned again.",
        },
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
    });
});

test("what was done stays the reason, so that it is done once and changes nothing later", async () => {
    const earlier = "certificate until 2026-01-01T00:00:00.000Z";
    expect(await lookAt({}, earlier)).toEqual({ reasons: { "server-1": earlier }, notices: {} });
    const ends = inDays(5);
    const now = `certificate until ${ends.toISOString()}`;
    expect((await lookAt({ serverEnds: ends }, earlier)).reasons).toEqual({ "server-1": now });
    expect(await lookAt({ serverEnds: ends }, now)).toEqual({
        reasons: { "server-1": now },
        notices: {},
    });
});

test("a machine that does not answer, or was never finished, is not this one's to judge", async () => {
    const store = await tempFolder();
    const made = await engineCertificates();
    const nodes = ["dead", "half"].map((name) => ({ name }));
    for (const [node, state] of [
        ["dead", "made"],
        ["half", "making"],
    ] as const) {
        await putMachine(store, `dev-${node}`, 1, made);
        await writeRecord(store, `dev-${node}`, { owner, state });
    }
    const found = await neededProvisioning(nodes, { store, owner, stack: "dev" });
    expect(found).toEqual({ reasons: {}, notices: {} });
});
