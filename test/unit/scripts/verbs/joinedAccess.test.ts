import { once } from "node:events";
import { createServer } from "node:tls";
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { authoritiesFile } from "../../../../scripts/protocol/agentFiles.ts";
import type {
    AccessRequest,
    JoinedCluster,
    KeyPair,
} from "../../../../scripts/protocol/security.ts";
import { chainOf, readAccess } from "../../../../scripts/security/accessFile.ts";
import { issueCertificate, makeAuthority } from "../../../../scripts/security/authority.ts";
import { joinAuthorities } from "../../../../scripts/security/joinAuthorities.ts";
import { ClusterSecrets } from "../../../../scripts/security/secrets.ts";
import { grantRights, settleRights, writeRights } from "../../../../scripts/verbs/clusterAccess.ts";
import { FakeFiles, FakeRights, nodesAt } from "../../../support/fakeRights.ts";
import { quickClock } from "../../../support/quickTime.ts";
import { origin, secrets } from "../../../support/securedAgents.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});

beforeEach(() => {
    quickClock();
});
afterEach(() => {
    vi.useRealTimers();
});

const [ca, newCa] = await Promise.all([makeAuthority(), makeAuthority()]);
const names = { datacenter: "dc1", domain: "consul" };
const authoritiesOf = (of: KeyPair) =>
    joinAuthorities({ ca: of, ...names, generation: "1/1" }, undefined);
const [given, givenLater] = await Promise.all([authoritiesOf(ca), authoritiesOf(newCa)]);
const clientOf = (all: typeof given): KeyPair => ({
    certificate: all.clientCertificate,
    key: all.clientKey,
});
const certificatesOf = (all: typeof given) => all.clientCertificate + all.serverCertificate;

/** A cluster of this stack's nodes `a` and `b` with a node `w1`, another stack's. */
async function joinedCluster(signer: KeyPair) {
    const fake = new FakeRights(["a", "b", "w1"]);
    const rights = await fake.serve();
    const own = ["a", "b"];
    const url = rights.nodes.a?.httpAddress.replace(/\/a$/, "") ?? "";
    const request: AccessRequest = {
        ...rights,
        nodes: nodesAt(url, own),
        ...names,
        seed: origin.seed,
        ca,
        joinAuthorities: certificatesOf(given),
    };
    // At the same port as the others, as on every node.
    fake.addresses.w1 = "127.0.0.2";
    let { close } = await serve(signer, Number(new URL(url).port));
    const certify = async (other: KeyPair) => {
        await close();
        ({ close } = await serve(other, Number(new URL(url).port)));
    };
    onTestFinished(() => close());
    return { fake, request, files: new FakeFiles(own), url, certify };
}

async function serve(signer: KeyPair, port: number) {
    const { certificate, key } = await issueCertificate({
        ...names,
        ca: signer,
        nodeName: "w1",
        role: "client",
        addresses: ["127.0.0.2"],
        leaf: 1,
    });
    const server = createServer({ cert: certificate + signer.certificate, key });
    server.listen(port, "127.0.0.2");
    await once(server, "listening");
    return {
        close: () =>
            new Promise<void>((closed) =>
                server.close(() => {
                    closed();
                }),
            ),
    };
}

test("a CA is changed with another stack's node, and settled once that has a certificate of it", async () => {
    const { request, files, certify } = await joinedCluster(clientOf(given));
    await writeRights(request, files);
    const next = { ...request, ca: newCa, joinAuthorities: certificatesOf(givenLater) };
    await writeRights(next, files);
    const access = await readAccess(request.access);
    expect(access.trusted).toBe(newCa.certificate + ca.certificate);
    expect(chainOf(access)).toMatch(/^-----BEGIN CERTIFICATE-----/);
    await expect(settleRights(next, files)).rejects.toThrow(
        "w1 of another stack has still what that stack was given before",
    );
    expect(await readAccess(request.access)).toEqual(access);
    await certify(clientOf(givenLater));
    expect(await settleRights(next, files)).toBe("settled");
    const settled = await readAccess(request.access);
    expect(settled.trusted).toBe(newCa.certificate);
    expect(chainOf(settled)).toBe("");
});

test("tokens of before are valid until another stack's node has what replaces them", async () => {
    const { fake, request, files, certify } = await joinedCluster(clientOf(given));
    await writeRights(request, files);
    const rotation = { ...request.rotation, tokens: 3 };
    const later = await authoritiesOf(ca);
    const next = { ...request, rotation, joinAuthorities: certificatesOf(later) };
    await writeRights(next, files);
    for (const name of ["a", "b"]) {
        const all = new ClusterSecrets(origin.seed, rotation);
        fake.recovery[name] = all.nodeToken("recovery", name).secretId;
    }
    await expect(settleRights(next, files)).rejects.toThrow("Run `pulumi up` in that stack");
    expect(fake.descriptions).toContain("consul-machines proj/dev/consul join-agent 2");
    await certify(clientOf(later));
    await settleRights(next, files);
    expect(fake.descriptions.filter((one) => one.endsWith(" 2"))).toEqual([]);
});

test("a gossip key stays while another stack's node is away", async () => {
    const { fake, request, files } = await joinedCluster(clientOf(given));
    await writeRights(request, files);
    fake.away.add("w1");
    const next = { ...request, rotation: { ...request.rotation, gossip: 2 } };
    expect(await settleRights(request, files)).toBe("settled");
    await writeRights(next, files);
    await expect(settleRights(next, files)).rejects.toThrow("w1 of another stack is away");
    expect(Object.values(fake.rings).flat()).toEqual(
        Object.keys(fake.rings).map(() => secrets.gossipKey),
    );
    fake.away.clear();
    await settleRights(next, files);
    const { gossipKey } = new ClusterSecrets(origin.seed, next.rotation);
    expect(fake.rings.w1).toEqual([gossipKey]);
});

test("a node that is none of a stack's, and does not say whose it is, keeps the CA as it is", async () => {
    const { fake, request, files } = await joinedCluster(clientOf(given));
    await writeRights(request, files);
    fake.addresses.w1 = "127.0.0.3";
    await expect(writeRights({ ...request, ca: newCa }, files)).rejects.toThrow(
        "the cluster's CA is not changed: w1 is a member of it and not declared here",
    );
});

/** The same cluster as the stack of `w1` knows it. */
async function joiningStack() {
    const fake = new FakeRights(["a", "b", "w1"]);
    const rights = await fake.serve();
    const url = rights.nodes.a?.httpAddress.replace(/\/a$/, "") ?? "";
    const joined: JoinedCluster = {
        servers: { a: `${url}/a`, b: `${url}/b` },
        caCertificate: ca.certificate,
        gossipKey: secrets.gossipKey,
        tokens: { agent: "agent", operate: "operate", services: "services", metrics: "metrics" },
    };
    const nodes = { w1: { ...rights.nodes.w1, role: "client" } } as AccessRequest["nodes"];
    const request: AccessRequest = {
        ...rights,
        nodes,
        ...names,
        seed: origin.seed,
        ca: clientOf(given),
        joined,
    };
    return { fake, request, joined, files: new FakeFiles(["w1"]) };
}

test("a stack that joins writes what it was given, and makes nothing in the cluster", async () => {
    const { fake, request, joined, files } = await joiningStack();
    await writeRights(request, files);
    await grantRights(request);
    expect(await settleRights(request, files)).toBe("settled");
    expect(fake.written).toEqual([]);
    const access = await readAccess(request.access);
    expect(access).toMatchObject({ joined, trusted: ca.certificate, ca: clientOf(given) });
    expect(chainOf(access)).toBe(given.clientCertificate);
});

test("its nodes trust another CA as soon as it is given, and the one before until all servers left it", async () => {
    const { request, joined, files } = await joiningStack();
    await writeRights(request, files);
    const next = {
        ...request,
        ca: clientOf(givenLater),
        joined: { ...joined, caCertificate: newCa.certificate },
    };
    await writeRights(next, files);
    expect(files.texts.get(`w1 ${authoritiesFile}`)).toBe(newCa.certificate + ca.certificate);
    await settleRights(next, files);
    expect(files.texts.get(`w1 ${authoritiesFile}`)).toBe(newCa.certificate);
    expect((await readAccess(request.access)).trusted).toBe(newCa.certificate);
});

test("a node of it that is not heard gets the cluster's gossip keys", async () => {
    const { fake, request, files } = await joiningStack();
    await writeRights(request, files);
    fake.away.add("w1");
    const repaired: unknown[] = [];
    files.repaired = (node, keys) => {
        repaired.push([node, keys]);
        fake.away.clear();
    };
    await settleRights(request, files);
    expect(repaired).toEqual([["w1", [secrets.gossipKey]]]);
});
