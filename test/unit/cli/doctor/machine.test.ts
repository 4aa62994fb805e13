import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { clusterChecks } from "../../../../cli/doctor/checks/allChecks.ts";
import type { MachineFacts } from "../../../../cli/doctor/facts.ts";
import { diagnose } from "../../../../cli/doctor/findings.ts";
import { askMachine } from "../../../../cli/doctor/gather/machine.ts";
import type { Certificates } from "../../../support/certificates.ts";
import { clusterOf, sign } from "../../../support/doctorFacts.ts";
import { engineCertificates } from "../../../support/engineCertificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const day = 24 * 60 * 60 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * day);

/** A machine in a store, asked over TLS. */
async function ask(
    store: Certificates,
    engine: Certificates | number,
    timeoutMs?: number,
): Promise<MachineFacts> {
    const folder = join(await tempFolder(), "store");
    const port = typeof engine === "number" ? engine : (await fakeEngine(healthy, 0, engine)).port;
    await putMachine(folder, "dev-s1", port, store);
    return (await askMachine(folder, "dev-s1", timeoutMs)).facts;
}

/** What doctor says of it. */
function examine(machine: MachineFacts) {
    const facts = clusterOf({ s1: { machine: { host: undefined, ...machine, store: "STORE" } } });
    return diagnose(clusterChecks, { ...facts, now: new Date() });
}

/** What it says, which is one thing. */
async function only(store: Certificates, engine: Certificates | number, timeoutMs?: number) {
    const found = examine(await ask(store, engine, timeoutMs));
    expect(found.map(({ check, nodes }) => [check, ...nodes].join(" "))).toHaveLength(1);
    return found[0];
}

describe("doctor, asking a machine's engine over TLS", () => {
    it("finds nothing wrong with a healthy machine, and learns its engine's version", async () => {
        const good = await engineCertificates();
        const facts = await ask(good, good);
        expect(facts.failure).toBeUndefined();
        expect(facts.engineVersion).toBe("29.1.0");
        expect(examine(facts)).toEqual([]);
    });

    it("tells a certificate for another address", async () => {
        const moved = await engineCertificates({ address: "192.0.2.7" });
        expect(await only(moved, moved)).toMatchObject({
            check: "machine-moved",
            seen: "its engine shows a certificate for 192.0.2.7, and is asked at 127.0.0.1",
            fix: expect.stringContaining("`pulumi up` has the machine provisioned again") as string,
        });
    });

    it("takes that for why its agent does not answer, and its name known at two addresses", async () => {
        const moved = await engineCertificates({ address: "192.0.2.7" });
        const machine = await ask(moved, moved);
        const facts = clusterOf({
            s1: { signs: [sign("name-conflict", "s2", "10.0.0.2", "192.0.2.7")] },
            s2: { machine, agent: { unreachable: "fetch failed", self: undefined } },
            s3: {},
        });
        const found = diagnose(clusterChecks, { ...facts, now: new Date() });
        expect(found.map(({ check }) => check)).toEqual(["machine-moved"]);
    });

    it.each([
        ["its engine", { serverEnds: inDays(-3) }],
        ["this computer", { clientEnds: inDays(-3) }],
        ["the store's CA", { authorityEnds: inDays(-3) }],
    ])("tells a certificate of %s that has expired", async (which, flaws) => {
        const expired = await engineCertificates(flaws);
        const found = await only(expired, expired);
        expect(found?.check).toBe("certificate-expired");
        expect(found?.seen).toContain(`the certificate of ${which} has expired on `);
        expect(found?.fix).toContain("`pulumi up` renews it");
    });

    it.each([
        ["its engine", { serverEnds: inDays(29.5) }],
        ["this computer", { clientEnds: inDays(29.5) }],
        ["the store's CA", { authorityEnds: inDays(29.5) }],
    ])("tells a certificate of %s that is about to expire", async (which, flaws) => {
        const expiring = await engineCertificates(flaws);
        const found = await only(expiring, expiring);
        expect(found?.check).toBe("certificate-expiring");
        expect(found?.seen).toMatch(
            new RegExp(`certificate of ${which} expires on .*, in 29 days`),
        );
    });

    it("is quiet about certificates that are good for another month", async () => {
        const good = await engineCertificates({ serverEnds: inDays(31) });
        expect(examine(await ask(good, good))).toEqual([]);
    });

    it("tells an engine of another CA", async () => {
        const found = await only(await engineCertificates(), await engineCertificates());
        expect(found?.check).toBe("certificate-authority");
        expect(found?.seen).toBe("its engine shows a certificate that the store's CA did not sign");
        expect(found?.fix).toContain(
            "`docker-machine --storage-path STORE regenerate-certs -f dev-s1`, then",
        );
    });

    it("tells an engine that refuses this computer's certificate", async () => {
        const good = await engineCertificates();
        const { cert, key } = await engineCertificates();
        const found = await only({ ...good, cert, key }, good);
        expect(found?.check).toBe("certificate-authority");
        expect(found?.seen).toContain("its engine refuses the certificate of this computer");
    });

    it("tells a host that is there without its engine", async () => {
        const probe = createServer();
        await new Promise<void>((ready) => probe.listen(0, "127.0.0.1", ready));
        const { port } = probe.address() as AddressInfo;
        await new Promise((done) => probe.close(done));
        const found = await only(await engineCertificates(), port);
        expect(found?.check).toBe("engine-off");
        expect(found?.seen).toContain("ECONNREFUSED");
        expect(found?.fix).toContain("`sudo systemctl start docker`");
    });

    it("tells a host that never answers", async () => {
        const mute = createServer(() => undefined);
        await new Promise<void>((ready) => mute.listen(0, "127.0.0.1", ready));
        onTestFinished(() => void mute.close());
        const { port } = mute.address() as AddressInfo;
        const found = await only(await engineCertificates(), port, 200);
        expect(found?.check).toBe("machine-unreachable");
        expect(found?.seen).toContain("no answer within 0.2 s");
    });

    it("tells a machine that docker-machine does not know", async () => {
        const { facts } = await askMachine(join(await tempFolder(), "store"), "dev-s1");
        const [found] = examine(facts);
        expect(found?.check).toBe("machine-unreachable");
        expect(found?.seen).toContain("any address that docker-machine knows");
    });
});
