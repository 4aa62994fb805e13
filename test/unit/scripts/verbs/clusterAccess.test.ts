import { X509Certificate } from "node:crypto";
import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import {
    authoritiesFile,
    certificateFile,
    tokensFile,
} from "../../../../scripts/protocol/agentFiles.ts";
import type { AccessRequest, KeyPair, Rotation } from "../../../../scripts/protocol/security.ts";
import { certificatesOf, readAccess } from "../../../../scripts/security/accessFile.ts";
import { isIssuedBy } from "../../../../scripts/security/certificate.ts";
import { ClusterSecrets } from "../../../../scripts/security/secrets.ts";
import {
    grantRights,
    keepSecret,
    makeCa,
    makeSeed,
    removeRights,
    settleRights,
    writeRights,
} from "../../../../scripts/verbs/clusterAccess.ts";
import { FakeFiles, FakeRights, nodesAt } from "../../../support/fakeRights.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { origin } from "../../../support/securedAgents.ts";
import { stubEnv } from "../../../support/stubEnv.ts";

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

const names = ["a", "b", "c1"];
const [ca, newCa] = await Promise.all([makeCa(), makeCa()]);

const secretsOf = (rotation: Rotation) => new ClusterSecrets(origin.seed, rotation);

/** A cluster that runs, and the request for its rights. */
async function runningCluster(pair: KeyPair = ca) {
    const fake = new FakeRights(names);
    const rights = await fake.serve();
    const files = new FakeFiles(names);
    const request: AccessRequest = {
        ...rights,
        datacenter: "dc1",
        domain: "consul",
        seed: origin.seed,
        ca: pair,
    };
    const takeTokens = ({ rotation }: AccessRequest) => {
        for (const name of names) {
            fake.recovery[name] = secretsOf(rotation).nodeToken("recovery", name).secretId;
        }
    };
    return { fake, files, request, takeTokens };
}

const raised = (request: AccessRequest, over: Partial<Rotation>): AccessRequest => ({
    ...request,
    rotation: { ...request.rotation, ...over },
});

test("a seed is 32 random bytes, a CA a certificate with its key", async () => {
    const seed = await makeSeed();
    expect(Buffer.from(seed, "base64")).toHaveLength(32);
    expect(await makeSeed()).not.toBe(seed);
    expect(ca.certificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(ca.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
});

test("a secret that is kept is the answer of before, and never another one", async () => {
    stubEnv("PULUMI_COMMAND_STDOUT", "the secret");
    expect(await keepSecret()).toBe("the secret");
    stubEnv("PULUMI_COMMAND_STDOUT", "");
    await expect(keepSecret()).rejects.toThrow("no other is made in its place");
});

test("where no agent runs yet the rights are written at once", async () => {
    const { request, fake } = await runningCluster();
    const nodes = nodesAt("http://127.0.0.1:1", names);
    const began = Date.now();
    await writeRights({ ...request, nodes }, new FakeFiles([]));
    // Each pause moves this clock.
    expect(Date.now()).toBe(began);
    expect(await readAccess(request.access)).toMatchObject({ ca, trusted: ca.certificate });
    expect([fake.written, said]).toEqual([[], []]);
});

test("agents without a leader are waited for some seconds, and the rights are written", async () => {
    const { request, fake, files } = await runningCluster();
    fake.leader = "";
    await writeRights(request, files);
    expect(fake.written).toEqual([]);
    expect(Date.now()).toBeGreaterThanOrEqual(3000);
    expect(Date.now()).toBeLessThan(6000);
});

test("a cluster that does not take our management token yet stops nothing", async () => {
    const { request, fake, files } = await runningCluster();
    fake.tokens.clear();
    await writeRights(request, files);
    expect(said.join()).toContain("the cluster takes no management token of ours yet");
    await expect(grantRights(request)).rejects.toThrow("raise `rotate.management` by one");
});

test("granting makes what is missing once, and has the agents report at once", async () => {
    const { request, fake, files } = await runningCluster();
    await writeRights({ ...request, nodes: nodesAt("http://127.0.0.1:1", names) }, files);
    await grantRights(request);
    const told = fake.written.filter((one) => one.startsWith("PUT agent/token/agent"));
    expect(told).toHaveLength(names.length);
    expect(fake.descriptions).toHaveLength(12);
    fake.written.length = 0;
    await grantRights(request);
    expect(await settleRights(request, files)).toBe("settled");
    expect(fake.written).toEqual([]);
});

test("tokens are replaced: the new ones exist before an agent has them, the old ones until all do", async () => {
    const { request, fake, files, takeTokens } = await runningCluster();
    await writeRights(request, files);
    const next = raised(request, { tokens: 3, gossip: 2 });
    await writeRights(next, files);
    expect(fake.descriptions).toHaveLength(12 + 11);
    await expect(settleRights(next, files)).rejects.toThrow(
        "those of before remain valid: a: it does not take its present token; b: it does not",
    );
    expect(fake.descriptions).toHaveLength(12 + 11);
    takeTokens(next);
    await settleRights(next, files);
    expect(fake.descriptions).toHaveLength(12);
    expect(fake.descriptions.filter((one) => one.endsWith(" 2"))).toEqual([]);
    expect(new Set(Object.values(fake.rings).flat())).toEqual(
        new Set([secretsOf(next.rotation).gossipKey]),
    );
    expect((await readAccess(request.access)).earlier).toBeUndefined();
});

test("a gossip key that is brought takes the place of the derived one, and that one its place again", async () => {
    const { request, fake, files } = await runningCluster();
    await writeRights(request, files);
    const [one, other] = [16, 32].map((bytes) => Buffer.alloc(bytes, 7).toString("base64"));
    for (const gossipKey of [one, other, undefined]) {
        await writeRights({ ...request, gossipKey }, files);
        await settleRights(request, files);
        const wanted = gossipKey ?? secretsOf(request.rotation).gossipKey;
        expect(new Set(Object.values(fake.rings).flat())).toEqual(new Set([wanted]));
        const access = await readAccess(request.access);
        expect([access.gossipKey, access.earlier]).toEqual([gossipKey, undefined]);
    }
});

test("a new CA is trusted by all before one has a certificate of it, and the old one until all have", async () => {
    const { request, files } = await runningCluster();
    await writeRights(request, files);
    const next = { ...request, ca: newCa };
    files.unreachable.add("b");
    await expect(writeRights(next, files)).rejects.toThrow(
        "not all nodes know it: b: its engine does not answer. Nothing is lost",
    );
    files.unreachable.clear();
    await writeRights(next, files);
    const both = newCa.certificate + ca.certificate;
    expect(names.map((name) => files.texts.get(`${name} ${authoritiesFile}`))).toEqual([
        ...names.map(() => both),
    ]);
    await settleRights(next, files);
    expect(names.map((name) => files.texts.get(`${name} ${authoritiesFile}`))).toEqual([
        ...names.map(() => newCa.certificate),
    ]);
    expect(await readAccess(request.access)).toMatchObject({ trusted: newCa.certificate });
});

test("the scripts' certificate is of the CA that all agents trust, and of the new one once all have left the old", async () => {
    const { request, files } = await runningCluster();
    const signer = async () => {
        const { client } = await readAccess(request.access);
        const certificate = new X509Certificate(client?.certificate ?? "");
        return [ca, newCa].findIndex((one) =>
            isIssuedBy(certificate, new X509Certificate(one.certificate)),
        );
    };
    await writeRights(request, files);
    expect(await signer()).toBe(0);
    const before = await readAccess(request.access);
    await writeRights({ ...request, clientCertificates: true }, files);
    expect(await readAccess(request.access)).toEqual(before);
    const next = { ...request, ca: newCa };
    await writeRights(next, files);
    expect(await signer()).toBe(0);
    // Nobody forgets the old one before the file has the certificate of the new.
    files.unreachable.add("b");
    await expect(settleRights(next, files)).rejects.toThrow("b: its engine does not answer");
    expect(await signer()).toBe(1);
    expect(certificatesOf((await readAccess(request.access)).trusted)).toHaveLength(2);
    files.unreachable.clear();
    await settleRights(next, files);
    expect(await signer()).toBe(1);
});

test("the CA is not changed while a member is not declared, which could not be told of it", async () => {
    const { request, files } = await runningCluster();
    await writeRights(request, files);
    const nodes = Object.fromEntries(
        Object.entries(request.nodes).filter(([name]) => name !== "b"),
    );
    const next = { ...request, nodes, ca: newCa };
    await expect(writeRights(next, files)).rejects.toThrow(
        "the cluster's CA is not changed: b is a member of it and not declared here",
    );
    expect(await readAccess(request.access)).toMatchObject({ trusted: ca.certificate });
    expect(files.texts.size).toBe(0);
});

test("tokens of before stay known for a node that is about to be removed, until the next time", async () => {
    const { request, fake, files, takeTokens } = await runningCluster();
    await writeRights(request, files);
    const nodes = Object.fromEntries(
        Object.entries(request.nodes).filter(([name]) => name !== "c1"),
    );
    const next = { ...raised(request, { tokens: 3 }), nodes };
    await writeRights(next, files);
    takeTokens(next);
    await settleRights(next, files);
    expect(fake.descriptions.join()).not.toContain("c1");
    const { seed, rotation } = request;
    expect((await readAccess(request.access)).earlier).toEqual([{ seed, rotation }]);
    fake.away.add("c1");
    await settleRights(next, files);
    expect((await readAccess(request.access)).earlier).toBeUndefined();
});

test("a node that is not reached from outside is judged by its files", async () => {
    const { request, fake, files } = await runningCluster();
    const c1 = request.nodes.c1;
    const nodes = { ...request.nodes, ...(c1 && { c1: { ...c1, askThrough: "a" } }) };
    const next = { ...raised({ ...request, nodes }, { tokens: 3 }), ca: newCa };
    await writeRights({ ...request, nodes }, files);
    await writeRights(next, files);
    const secrets = secretsOf(next.rotation);
    for (const name of ["a", "b"]) {
        fake.recovery[name] = secrets.nodeToken("recovery", name).secretId;
    }
    await expect(settleRights(next, files)).rejects.toThrow(`c1: ${tokensFile} has other tokens`);
    const tokens = { agent_recovery: secrets.nodeToken("recovery", "c1").secretId };
    files.texts.set(`c1 ${tokensFile}`, JSON.stringify({ acl: { tokens } }));
    files.texts.set(`c1 ${certificateFile}`, ca.certificate);
    await expect(settleRights(next, files)).rejects.toThrow(`c1: ${certificateFile} is of another`);
    // A CA has signed itself.
    files.texts.set(`c1 ${certificateFile}`, newCa.certificate);
    expect(await settleRights(next, files)).toBe("settled");
});

test("where the file was lost, the nodes say whom they trust", async () => {
    const { request, files } = await runningCluster();
    files.texts.set(`a ${authoritiesFile}`, ca.certificate);
    files.unreachable.add("b");
    const lost = writeRights({ ...request, ca: newCa }, files);
    await expect(lost).rejects.toThrow("b: its engine does not answer");
    files.unreachable.clear();
    await writeRights({ ...request, ca: newCa }, files);
    expect(await readAccess(request.access)).toMatchObject({
        trusted: newCa.certificate + ca.certificate,
    });
});

test("a management token is deleted for good, or the server named that brings it in again", async () => {
    const { request, fake, files, takeTokens } = await runningCluster();
    await writeRights(request, files);
    const next = raised(request, { management: 2 });
    await writeRights(next, files);
    takeTokens(next);
    const before = secretsOf(request.rotation).token("management").secretId;
    fake.elected = () => {
        fake.bringIn(before);
    };
    await expect(settleRights(next, files)).rejects.toThrow("b has brought a deleted management");
    fake.elected = () => undefined;
    await settleRights(next, files);
    expect([...fake.tokens.values()].map(({ SecretID }) => SecretID)).not.toContain(before);
});

test("removing the rights leaves nothing, also where there are none", async () => {
    const { request, files } = await runningCluster();
    await writeRights(request, files);
    const folder = dirname(dirname(request.access));
    await removeRights(request);
    await removeRights(request);
    expect(await readdir(folder)).toEqual([]);
});
