import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { gatherStack } from "../../../../cli/doctor/gather/stack.ts";
import { askSecretFiles } from "../../../../cli/doctor/gather/secretFiles.ts";
import { askPlainly, askSecurity, askServed } from "../../../../cli/doctor/gather/security.ts";
import { clusterRights } from "../../../../cli/stack/clusterRights.ts";
import { StackClients } from "../../../../cli/stack/stackClients.ts";
import { EngineApi } from "../../../../scripts/docker/engineApi.ts";
import { managementContent, wantedTokens } from "../../../../scripts/security/tokens.ts";
import { certificates } from "../../../support/certificates.ts";
import { fakeLocalEngine } from "../../../support/fakeEngine.ts";
import { httpServer } from "../../../support/httpServer.ts";
import {
    accessFile,
    agentCertificate,
    earlier,
    origin,
    secrets,
} from "../../../support/securedAgents.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

type Answers = Readonly<Record<string, unknown>>;

const management = { AccessorID: "its id", Description: "Initial Management Token" };

/** A secured agent of the node `s1`: these answers by path for tokens of the cluster, 404 otherwise. */
async function agent(answers: Answers, isKnown: (token: string) => boolean = () => true) {
    const asked: string[] = [];
    const { url } = await httpServer(
        (message, response) => {
            const path = message.url ?? "";
            const token = String(message.headers["x-consul-token"] ?? "");
            asked.push(`${path} ${roleOf(token)}`);
            // As of Consul itself, whoever asks for a token by its secret.
            const isSelf = path === "/v1/acl/token/self";
            const refusal = isSelf ? "Supplied token does not exist" : "ACL not found";
            const answer = isKnown(token) ? (answers[path] ?? 404) : 403;
            response.statusCode = typeof answer === "number" ? answer : 200;
            response.end(typeof answer === "number" ? refusal : JSON.stringify(answer));
        },
        await agentCertificate("s1"),
    );
    const nodes = {
        s1: { role: "server", address: "127.0.0.1", httpAddress: url, machine: "dev-s1" },
    };
    const access = await accessFile({ earlier: [earlier] });
    const rights = clusterRights({ nodes, store: "STORE", access, rotation: origin.rotation });
    return { url, asked, nodes, access, rights };
}

function roleOf(token: string): string {
    const roles = (["management", "operate"] as const).map(
        (role) => [secrets.token(role).secretId, role] as const,
    );
    const recovery = [secrets.nodeToken("recovery", "s1").secretId, "recovery"] as const;
    return new Map<string, string>([...roles, recovery]).get(token) ?? "another";
}

async function secure(answers: Answers, isKnown?: (token: string) => boolean) {
    const { nodes, access, rights, asked } = await agent(answers, isKnown);
    const clients = await StackClients.of({ nodes, access });
    const own = clients.rights;
    if (own === undefined) {
        throw new Error("no rights");
    }
    return { facts: await askSecurity(clients.all(), rights, own), asked, rights, own };
}

/** The answer that lists gossip keys. */
function keyring(
    keys: Readonly<Record<string, number>>,
    primary: Readonly<Record<string, number>>,
) {
    return [
        { WAN: true, Keys: {}, PrimaryKeys: {}, NumNodes: 9 },
        { WAN: false, Keys: keys, PrimaryKeys: primary, NumNodes: 3 },
    ];
}

describe("askSecurity", () => {
    it("goes by what another stack has given where the nodes join its cluster, and lists no tokens", async () => {
        const answers = { "/v1/operator/keyring": keyring({ theirs: 2 }, { theirs: 2 }) };
        const { nodes, access, rights, asked } = await agent(answers);
        const clients = await StackClients.of({ nodes, access });
        const own = clients.rights;
        const tokens = { agent: "a", operate: "b", services: "c", metrics: "d" };
        const joined = { servers: {}, caCertificate: "", gossipKey: "theirs", tokens };
        const facts = own && (await askSecurity(clients.all(), rights, { ...own, joined }));
        expect(facts?.keyring).toEqual({ nodes: 3, holding: 2, using: 2, others: 0 });
        expect(facts?.tokens).toBeUndefined();
        expect(asked.filter((one) => one.startsWith("/v1/acl"))).toEqual([]);
    });

    it("counts who has the declared gossip key, and keeps none", async () => {
        const { gossipKey } = secrets;
        const { facts } = await secure({
            "/v1/operator/keyring": keyring({ [gossipKey]: 2, other: 3 }, { other: 3 }),
        });
        expect(facts.keyring).toEqual({ nodes: 3, holding: 2, using: 0, others: 1 });
        expect(JSON.stringify(facts)).not.toContain(gossipKey);
    });

    it("says which tokens are missing and which were replaced, by their descriptions alone", async () => {
        const { rights, access } = await agent({});
        const source = { seed: origin.seed, datacenter: "dc1" };
        const wanted = wantedTokens({ ...rights, access }, source);
        expect(wanted.length).toBeGreaterThan(3);
        const listed = (description: string, id: string) => ({
            AccessorID: id,
            Description: description,
        });
        const { facts } = await secure({
            "/v1/acl/token/self": management,
            // Files of one name in different folders are of one cluster.
            "/v1/acl/tokens": [
                management,
                ...wanted
                    .slice(1)
                    .map(({ accessorId, content }) => listed(content.Description, accessorId)),
                listed(wanted[0]?.content.Description.replace(/\d+$/, "1") ?? "", "an old id"),
                listed("a person's", "another id"),
            ],
        });
        expect(facts.tokens).toEqual({
            missing: [wanted[0]?.content.Description],
            retired: [wanted[0]?.content.Description.replace(/\d+$/, "1")],
        });
    });

    it("misses the management token where the cluster knows it no more", async () => {
        const { facts, rights } = await secure({}, (token) => roleOf(token) !== "management");
        expect(facts.tokens).toEqual({
            missing: [managementContent(rights).Description],
            retired: [],
        });
        expect(facts.keyring).toBeUndefined();
    });

    it("claims nothing where nothing is answered", async () => {
        const { facts } = await secure({ "/v1/operator/keyring": 500, "/v1/acl/token/self": 500 });
        expect(facts).toMatchObject({ keyring: undefined, tokens: undefined });
        expect(facts.trusted.map((pem) => pem.trim())).toEqual([(await certificates()).ca.trim()]);
    });
});

describe("what an agent shows to anyone", () => {
    it("is its certificate, whether it verifies or not", async () => {
        const { url } = await agent({});
        const shown = await askServed(url, "s1", { datacenter: "dc1", domain: "consul" });
        expect(shown).toMatchObject({ name: "s1.node.dc1.consul", address: "127.0.0.1" });
        expect(shown?.certificate).toContain("BEGIN CERTIFICATE");
        expect(
            await askServed("https://127.0.0.1:1", "s1", { datacenter: "dc1", domain: "consul" }),
        ).toBe(undefined);
    });

    it("may be an answer without TLS, also one that refuses", async () => {
        const plain = await httpServer((_, response) => {
            response.statusCode = 403;
            response.end("no");
        });
        const port = Number(new URL(plain.url).port);
        expect(await askPlainly("https://127.0.0.1:8501", port)).toBe(`http://127.0.0.1:${port}`);
        expect(await askPlainly("https://127.0.0.1:8501", 1)).toBeUndefined();
    });
});

describe("askSecretFiles", () => {
    it("looks at the modes of those files that have secrets, on both volumes", async () => {
        const socket = join(await tempFolder(), "docker.sock");
        const configuration = await archive({
            "consul-machines/agent.json": 0o644,
            "consul-machines/tokens.json": 0o600,
            "consul-machines/tls/ca.pem": 0o644,
            "consul-machines/tls/agent.pem": 0o640,
        });
        const ring = await archive({ "local.keyring": 0o600 });
        await fakeLocalEngine((request) => {
            const isRing = request.includes("local.keyring");
            return { body: isRing ? ring : configuration };
        }, socket);
        const files = await askSecretFiles(new EngineApi({ socketPath: socket }), "one");
        expect(files).toEqual([
            { path: "/consul-machines/tokens.json", mode: 0o600, uid: 100 },
            { path: "/consul-machines/tls/agent.pem", mode: 0o640, uid: 100 },
            { path: "/consul/data/serf/local.keyring", mode: 0o600, uid: 100 },
        ]);
    });
});

async function archive(files: Readonly<Record<string, number>>): Promise<string> {
    const parts = pack();
    for (const [name, mode] of Object.entries(files)) {
        parts.entry({ name, mode, uid: 100, gid: 1000 }, "a secret");
    }
    parts.finalize();
    return (await buffer(parts)).toString("latin1");
}

describe("gatherStack, of a secured cluster", () => {
    const answers: Answers = {
        "/v1/status/leader": "10.0.0.1:8300",
        "/v1/agent/self": {
            Config: { NodeName: "s1", NodeID: "id of s1", Datacenter: "dc1", Server: true },
            Member: { Addr: "127.0.0.1" },
            Stats: { serf_lan: { encrypted: "true" } },
        },
        "/v1/agent/members": [
            { Name: "s1", Addr: "127.0.0.1", Status: 1, Tags: { role: "consul" } },
        ],
        "/v1/operator/autopilot/health": { Servers: [{ Name: "s1", Voter: true }] },
        "/v1/catalog/nodes?stale": [{ Node: "s1", ID: "id of s1" }],
        "/v1/health/state/any?stale": [{ Node: "s1", CheckID: "serfHealth" }],
        "/v1/operator/keyring": keyring({ [secrets.gossipKey]: 3 }, { [secrets.gossipKey]: 3 }),
    };

    it("asks by the node's name, about the agent with its own token, and about the rest to operate", async () => {
        const { nodes, access, asked } = await agent(answers);
        const facts = await gatherStack({ nodes, store: await tempFolder(), access });
        expect(facts).toMatchObject({ isSecured: true, accessFailure: undefined });
        expect(facts.nodes[0]?.agent?.refusal).toBeUndefined();
        expect(facts.nodes[0]?.agent?.unreachable).toBeUndefined();
        expect(facts.nodes[0]?.agent?.self).toMatchObject({ name: "s1", isEncrypted: true });
        expect(facts.security?.keyring).toEqual({ nodes: 3, holding: 3, using: 3, others: 0 });
        expect(facts.nodes[0]?.listening?.address).toBe("127.0.0.1");
        expect(asked).toEqual(
            expect.arrayContaining([
                "/v1/agent/self recovery",
                "/v1/agent/members recovery",
                "/v1/catalog/nodes?stale operate",
                "/v1/operator/keyring operate",
            ]),
        );
        expect(
            asked.filter((line) => /^\/v1\/(agent|catalog|operator).* management$/.test(line)),
        ).toEqual([]);
    });

    it("tells where a node is for the others from where this computer reaches it, and asks there", async () => {
        const { nodes, access } = await agent(answers);
        const elsewhere = { address: "10.0.0.11", peerHttpAddress: "https://10.0.0.11:8501" };
        const reached = { s1: { ...nodes.s1, ...elsewhere } };
        const facts = await gatherStack({ nodes: reached, store: await tempFolder(), access });
        expect(facts.nodes[0]).toMatchObject({
            address: "10.0.0.11",
            machineAddress: "10.0.0.11",
            agent: { self: { name: "s1" } },
            listening: { address: "127.0.0.1" },
        });
        // It need not reach the node's DNS, of which nothing is said.
        expect(facts.nodes[0]?.dnsFailure).toBeUndefined();
    });

    it("asks no agent without rights, and says so; with those of the environment it does", async () => {
        vi.stubEnv("CONSUL_HTTP_TOKEN", undefined);
        vi.stubEnv("CONSUL_HTTP_TOKEN_FILE", undefined);
        const { nodes, asked } = await agent(answers);
        const place = { nodes, store: await tempFolder(), access: "/nowhere/access.json" };
        const without = await gatherStack(place);
        expect(without.accessFailure).toContain("/nowhere/access.json: the rights to ask");
        expect(without.nodes[0]?.agent).toBeUndefined();
        expect(asked).toEqual([]);
        stubEnv("CONSUL_HTTP_TOKEN", "a person's");
        const own = await gatherStack(place);
        expect(own.accessFailure).toBeUndefined();
        // Its CA is not known.
        expect(own.nodes[0]?.agent?.unreachable).toContain("CONSUL_CACERT");
        expect(own.security).toBeUndefined();
    });

    it("takes a list that was filtered for a refusal, not for an empty one", async () => {
        const { nodes, access } = await agent(answers, (token) => roleOf(token) === "recovery");
        const { nodes: asked } = await gatherStack({ nodes, store: await tempFolder(), access });
        expect(asked[0]?.agent).toMatchObject({
            refusal: expect.stringContaining("403") as string,
            catalog: undefined,
            voters: undefined,
        });
    });
});
