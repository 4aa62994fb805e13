import { X509Certificate } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { clusterRights } from "../../cli/stack/clusterRights.ts";
import { putTokensRight } from "../../cli/stack/restoredTokens.ts";
import { listKeyring } from "../../scripts/consul/consulAcl.ts";
import { transferLeadership } from "../../scripts/consul/leadership.ts";
import { restoreSnapshot, takeSnapshot } from "../../scripts/consul/snapshot.ts";
import { servedCertificate } from "../../scripts/machine/certificates.ts";
import { readAccess } from "../../scripts/security/accessFile.ts";
import type { ClusterSecrets } from "../../scripts/security/secrets.ts";
import { operatorsAuthority } from "../support/authorities.ts";
import { agentAt } from "./support/access.ts";
import { get, put, servers } from "./support/cluster.ts";
import { expectFound } from "./support/examine.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { ask, tlsRefusal } from "./support/outsider.ts";
import { missing } from "./support/pieces.ts";
import { changeUnderClient, secretsIn, type Changed } from "./support/rotations.ts";

const name = "lab-rotating";
const store = `.state/machines/${name}`;
const volumes = "/var/lib/docker/volumes";

describe.skipIf(missing !== undefined)("a secured cluster whose secrets are replaced", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;
    let snapshot = "";
    let oldest: ClusterSecrets;
    const rotate: Record<string, number> = {};

    const names = () => Object.keys(outputs.nodes);
    const addressOf = (node: string) => outputs.nodes[node]?.address ?? "";
    const apiOf = (node: string) => outputs.nodes[node]?.httpAddress ?? "";
    const access = () => readAccess(outputs.access ?? "");
    const there = (node: string, script: string) => onMachine(name, node, "sh", "-c", script);
    const onEach = (script: string) => Promise.all(names().map((node) => there(node, script)));

    /** Counts these secrets up in the settings. */
    function configure(...what: string[]): void {
        for (const one of what) {
            rotate[one] = (rotate[one] ?? 1) + 1;
        }
        stack.configure({ servers: 3, clients: 1, rotate });
    }

    /** Ids of the agents' containers, and when they were started, by node. */
    const containers = () =>
        onEach("docker inspect --format='{{.Id}} {{.State.StartedAt}}' consul");

    /** The certificates that the agents serve. */
    const served = () =>
        Promise.all(
            names().map((node) => servedCertificate({ host: addressOf(node), port: 8501 }, 3000)),
        );

    /** An agent's certificate with its private key. */
    const leafOf = (node: string) =>
        there(node, `cat ${volumes}/consul-config/_data/tls/agent.pem`);

    /** What an agent says of a token. */
    const asked = (node: string, token: string) =>
        ask(`${apiOf(node)}/v1/acl/token/self`, { ca: outputs.caCertificate ?? "", token });

    const unknown = { status: 403, body: expect.stringContaining("ACL not found") as string };

    async function expectUnknown(tokens: readonly string[]): Promise<void> {
        for (const token of tokens) {
            expect(await asked("server-1", token)).toEqual(unknown);
            expect(await asked("client-1", token)).toEqual(unknown);
        }
    }

    /** The tokens that are replaced together. */
    const tokensOf = (secrets: ClusterSecrets) => [
        ...(["operate", "services", "dns", "metrics"] as const).map(
            (one) => secrets.token(one).secretId,
        ),
        ...names().map((node) => secrets.nodeToken("agent", node).secretId),
    ];

    async function expectOneKey(key: string): Promise<void> {
        const all = { [key]: names().length };
        const nodes = names().length;
        const keyring = await listKeyring(agentAt(outputs.httpAddress));
        expect(keyring).toEqual({ keys: all, primaryKeys: all, nodes });
        const files = await onEach(`cat ${volumes}/consul-data/_data/serf/local.keyring`);
        expect(files.map((text) => JSON.parse(text) as unknown)).toEqual(names().map(() => [key]));
    }

    /** Changes the stack; the client outside loses nothing, and is not refused for long. */
    async function change(): Promise<Changed> {
        const changed = await changeUnderClient(stack, outputs);
        outputs = await stack.outputs();
        expect(changed.lost).toEqual([]);
        expect(changed.seen.acknowledged.length).toBeGreaterThan(20);
        expect(changed.seen.longestGap).toBeLessThan(2000);
        return changed;
    }

    beforeAll(async () => {
        // What the scripts' functions tell who runs them is not for the tests' output.
        vi.spyOn(process.stderr, "write").mockReturnValue(true);
        await stack.init();
        configure();
        await stack.up();
        outputs = await stack.outputs();
        oldest = secretsIn(await access());
        await put(outputs.httpAddress, "lab/rotating", "kept");
        const place = { folder: stack.snapshots, datacenter: "dc1" };
        snapshot = await takeSnapshot(agentAt(outputs.httpAddress), place);
    });

    afterAll(async () => {
        vi.restoreAllMocks();
        await stack.end();
    });

    it("gets another gossip key, other certificates and tokens without a restart", async () => {
        const before = { secrets: secretsIn(await access()), served: await served() };
        const running = await containers();
        await expectOneKey(before.secrets.gossipKey);
        configure("gossip", "leaf", "tokens");
        await change();
        const after = secretsIn(await access());
        expect(await containers()).toEqual(running);
        expect(after.gossipKey).not.toBe(before.secrets.gossipKey);
        await expectOneKey(after.gossipKey);
        await expectUnknown(tokensOf(before.secrets));
        for (const token of tokensOf(after)) {
            expect((await asked("client-1", token)).status).toBe(200);
        }
        for (const node of names()) {
            const [gone, now] = [before.secrets, after].map(
                (secrets) => secrets.nodeToken("recovery", node).secretId,
            );
            const self = `${apiOf(node)}/v1/agent/self`;
            const ca = outputs.caCertificate ?? "";
            expect((await ask(self, { ca, token: gone })).status).toBe(403);
            expect((await ask(self, { ca, token: now })).status).toBe(200);
        }
        const serials = (await served()).map(({ serialNumber }) => serialNumber);
        expect(before.served.filter((one) => serials.includes(one.serialNumber))).toEqual([]);
    });

    it("gets another CA without a restart, and what the one before signed is refused", async () => {
        const before = { ca: outputs.caCertificate ?? "", leaf: await leafOf("client-1") };
        const running = await containers();
        configure("ca");
        await change();
        const ca = outputs.caCertificate ?? "";
        expect(ca).not.toBe(before.ca);
        expect(await containers()).toEqual(running);
        for (const certificate of await served()) {
            expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
            expect(certificate.verify(new X509Certificate(before.ca).publicKey)).toBe(false);
        }
        const rpc = { port: 8300, ALPNProtocols: ["consul/rpc-single"] };
        const leaf = await leafOf("client-1");
        for (const host of ["server-1", "server-2", "server-3"].map(addressOf)) {
            const old = { ...rpc, host, cert: before.leaf, key: before.leaf };
            expect(await tlsRefusal(old)).toBe("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA");
            expect(await tlsRefusal({ ...rpc, host, cert: leaf, key: leaf })).toBeUndefined();
        }
        await stack.up("--expect-no-changes");
    });

    it("takes a CA that is brought without a restart, and gives it back", async () => {
        const top = await operatorsAuthority("root", { kind: "rsa" });
        const lower = await operatorsAuthority("cluster", { kind: "p384", by: top });
        const running = await containers();
        const { ca: number, ...others } = rotate;
        expect(number).toBe(2);
        const certificate = lower.certificate + top.certificate;
        stack.configure({ servers: 3, clients: 1, rotate: others, authority: { certificate } });
        const set = ["set", "--secret", "--path", "authority.key", "--", lower.key];
        await stack.must(stack.words("config", ...set));
        await change();
        expect(outputs.caCertificate).toBe(lower.certificate);
        const { publicKey } = new X509Certificate(lower.certificate);
        expect((await served()).map((one) => one.verify(publicKey))).toEqual(
            names().map(() => true),
        );
        // Who knows the root alone accepts them as well.
        const leader = `${apiOf("server-1")}/v1/status/leader`;
        expect((await ask(leader, { ca: top.certificate })).status).toBe(200);
        expect(await stack.state()).not.toContain(lower.key.split("\n")[1]);
        await stack.up("--expect-no-changes");
        configure();
        await change();
        expect(outputs.caCertificate).not.toBe(lower.certificate);
        expect(await containers()).toEqual(running);
        await stack.up("--expect-no-changes");
    });

    it("gets another management token by new containers, one server after another", async () => {
        const before = { token: outputs.managementToken ?? "", servers: await servers(outputs) };
        const running = await containers();
        configure("management");
        const { output } = await change();
        expect(output.match(/-agent created replacement/g)).toHaveLength(3);
        expect((await servers(outputs)).map(({ ID }) => ID)).toEqual(
            before.servers.map(({ ID }) => ID),
        );
        const changed = (await containers()).map((one, index) => one !== running[index]);
        expect(names().filter((_, index) => changed[index])).toEqual([
            "server-1",
            "server-2",
            "server-3",
        ]);
        for (let time = 1; time <= 3; time += 1) {
            await expectUnknown([before.token]);
            const leader = (await servers(outputs)).find(({ Leader }) => Leader)?.Name ?? "";
            await transferLeadership(agentAt(outputs.httpAddress), leader);
        }
        await expectUnknown([before.token]);
        expect((await asked("client-1", outputs.managementToken ?? "")).status).toBe(200);
        await stack.up("--expect-no-changes");
    });

    it("gives a node whose agent is stopped the gossip key as well, and starts it", async () => {
        await there("client-1", "docker stop consul");
        configure("gossip");
        expect(await stack.up()).toContain("client-1 was not heard by the others");
        await expectOneKey(secretsIn(await access()).gossipKey);
    });

    it("keeps its gossip key while a node is away that it names, and goes on when it is back", async () => {
        const before = secretsIn(await access());
        await there("client-1", "docker rm --force consul");
        configure("gossip");
        const refused = await stack.run(stack.upWords());
        expect(refused.output).toMatch(/client-1 is away, .*The key before is still valid/s);
        expect(refused.exitCode).not.toBe(0);
        const { primaryKeys } = await listKeyring(agentAt(outputs.httpAddress));
        expect(primaryKeys).toEqual({ [before.gossipKey]: 3 });
        expect(await put(outputs.httpAddress, "lab/away", "written")).toBe(true);
        await stack.up("--refresh");
        const after = secretsIn(await access());
        expect(after.gossipKey).not.toBe(before.gossipKey);
        await expectOneKey(after.gossipKey);
        await stack.up("--expect-no-changes");
    });

    it("is restored from before all that, and only what is valid now is valid then", async () => {
        const { rotation } = await access();
        const own = { nodes: outputs.nodes, store, access: outputs.access ?? "" };
        await put(outputs.httpAddress, "lab/rotating", "changed");
        const server = agentAt(apiOf("server-2"));
        await restoreSnapshot(server, snapshot);
        const rights = clusterRights({ ...own, rotation });
        const deleted = await putTokensRight(server, { rights, access: await access() });
        expect(deleted.length).toBeGreaterThanOrEqual(tokensOf(oldest).length);
        await stack.up("--expect-no-changes");
        // All tokens are there, no other is, and no agent is refused.
        await expectFound(own);
        expect(await get(outputs.httpAddress, "lab/rotating")).toBe("kept");
        await expectUnknown([...tokensOf(oldest), oldest.token("management").secretId]);
        for (const address of Object.values(outputs.nodes).map((node) => node.address)) {
            const resolver = new Resolver();
            resolver.setServers([`${address}:8600`]);
            const found = await resolver.resolve4("client-1.node.consul");
            expect(found).toEqual([addressOf("client-1")]);
        }
    });
});
