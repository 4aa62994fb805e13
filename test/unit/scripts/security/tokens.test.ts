import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import type { ClusterRights } from "../../../../scripts/protocol/security.ts";
import { checkRetiredManagement } from "../../../../scripts/security/management.ts";
import { deleteRetired, makeTokens } from "../../../../scripts/security/reconcile.ts";
import { ClusterSecrets } from "../../../../scripts/security/secrets.ts";
import {
    nodesWithTokens,
    wantedPolicies,
    wantedTokens,
} from "../../../../scripts/security/tokens.ts";
import { FakeRights } from "../../../support/fakeRights.ts";
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

const source = { seed: origin.seed, datacenter: "dc1" };
const management = secrets.token("management").secretId;

async function cluster(nodes: readonly string[] = ["a", "b", "c1"]) {
    const fake = new FakeRights(nodes);
    const rights = await fake.serve();
    const at = (...manage: readonly string[]) =>
        new ConsulClient(rights.nodes.a?.httpAddress ?? "", { tokens: { manage } });
    return { fake, rights, at, consul: at(management) };
}

const rotated = (rights: ClusterRights, over: Partial<ClusterRights["rotation"]>) => ({
    ...rights,
    rotation: { ...rights.rotation, ...over },
});

const descriptions = [
    "consul-machines proj/dev/consul agent a 2",
    "consul-machines proj/dev/consul agent b 2",
    "consul-machines proj/dev/consul agent c1 2",
    "consul-machines proj/dev/consul dns 2",
    "consul-machines proj/dev/consul join-agent 2",
    "consul-machines proj/dev/consul join-metrics 2",
    "consul-machines proj/dev/consul join-operate 2",
    "consul-machines proj/dev/consul join-services 2",
    "consul-machines proj/dev/consul management 1",
    "consul-machines proj/dev/consul metrics 2",
    "consul-machines proj/dev/consul operate 2",
    "consul-machines proj/dev/consul services 2",
];

test("each policy has the fewest rights that do", async () => {
    const { rights } = await cluster(["b", "a"]);
    expect(
        Object.fromEntries(
            wantedPolicies(rights).map(({ Name, Rules }) => [Name, Rules.split("\n")]),
        ),
    ).toEqual({
        "consul-machines-operate": [
            'operator = "write"',
            'keyring = "write"',
            'agent_prefix "" { policy = "read" }',
            'node_prefix "" { policy = "write" }',
            'service_prefix "" { policy = "write" }',
        ],
        "consul-machines-services": [
            'service_prefix "" { policy = "write" }',
            'node_prefix "" { policy = "read" }',
        ],
        "consul-machines-metrics": ['agent_prefix "" { policy = "read" }'],
        "consul-machines-join-agent": [
            'node_prefix "" { policy = "write" }',
            'node "a" { policy = "read" }',
            'node "b" { policy = "read" }',
            'service_prefix "" { policy = "read" }',
            'query_prefix "" { policy = "read" }',
        ],
        "consul-machines-join-operate": [
            'operator = "write"',
            'keyring = "read"',
            'agent_prefix "" { policy = "read" }',
            'node_prefix "" { policy = "write" }',
            'node "a" { policy = "read" }',
            'node "b" { policy = "read" }',
            'service_prefix "" { policy = "write" }',
        ],
    });
});

test("what is missing is made, and a second time nothing", async () => {
    const { fake, rights, consul } = await cluster();
    expect(await makeTokens(consul, rights, source)).toHaveLength(17);
    expect(fake.descriptions).toEqual(descriptions);
    const of = (name: string) =>
        [...fake.tokens.values()].find(({ Description }) => Description.includes(` ${name} `));
    expect(of("agent a")).toMatchObject({
        AccessorID: secrets.nodeToken("agent", "a").accessorId,
        SecretID: secrets.nodeToken("agent", "a").secretId,
        NodeIdentities: [{ NodeName: "a", Datacenter: "dc1" }],
    });
    expect(of("dns")).toMatchObject({ TemplatedPolicies: [{ TemplateName: "builtin/dns" }] });
    expect(of("operate")).toMatchObject({ Policies: [{ Name: "consul-machines-operate" }] });
    // The servers brought it in, under an id of Consul's.
    expect(of("management")?.SecretID).toBe(management);
    fake.written.length = 0;
    expect(await makeTokens(consul, rights, source)).toEqual([]);
    expect(fake.written).toEqual([]);
});

test("what somebody changed is put right: a policy's rules, a token's rights", async () => {
    const { fake, rights, consul } = await cluster(["a"]);
    await makeTokens(consul, rights, source);
    const [id = ""] = [...fake.policies.keys()];
    const policies = wantedPolicies(rights);
    fake.policies.set(id, { ID: id, Name: policies[0]?.Name, Rules: "" });
    const operate = fake.tokens.get(secrets.token("operate").accessorId);
    expect(operate).toBeDefined();
    fake.tokens.set(operate?.AccessorID ?? "", { ...operate, Policies: [] } as never);
    expect(await makeTokens(consul, rights, source)).toEqual([
        policies[0]?.Name,
        "consul-machines proj/dev/consul operate 2",
    ]);
    expect(fake.policies.get(id)?.Rules).toBe(policies[0]?.Rules);
    expect(fake.tokens.get(operate?.AccessorID ?? "")?.SecretID).toBe(operate?.SecretID);
    expect(await makeTokens(consul, rights, source)).toEqual([]);
});

test("the tokens for stacks that join write no node of this one, and follow its nodes", async () => {
    const { fake, rights, consul } = await cluster(["a", "b"]);
    await makeTokens(consul, rights, source);
    const of = (name: string) => fake.tokens.get(secrets.token(name as "join-agent").accessorId);
    expect(of("join-agent")).toMatchObject({ Policies: [{ Name: "consul-machines-join-agent" }] });
    expect(of("join-operate")).toMatchObject({
        Policies: [{ Name: "consul-machines-join-operate" }],
    });
    expect(of("join-services")).toMatchObject({ Policies: [{ Name: "consul-machines-services" }] });
    expect(of("join-metrics")).toMatchObject({ Policies: [{ Name: "consul-machines-metrics" }] });

    const { a } = rights.nodes;
    expect(a).toBeDefined();
    const smaller = { ...rights, nodes: { a: a as never } };
    expect(await makeTokens(consul, smaller, source)).toEqual([
        "consul-machines-join-agent",
        "consul-machines-join-operate",
    ]);
});

test("nodes whose agents have tokens of ours are told from those of other stacks", () => {
    const token = (Description: string) => ({ AccessorID: Description, Description });
    const all = [
        token("consul-machines proj/dev/consul agent server-1 2"),
        token("consul-machines proj/dev/consul agent old 1"),
        token("consul-machines proj/dev/consul dns 2"),
        token("consul-machines proj/other/consul agent worker-1 1"),
        token("of a user"),
    ];
    const access = "store/access/proj%2Fdev%2Fconsul.json";
    expect([...nodesWithTokens(all, access)].sort()).toEqual(["old", "server-1"]);
});

test("a cluster that does not know our management token lets nothing be made", async () => {
    const { fake, rights, at } = await cluster();
    await expect(
        makeTokens(at("unknown"), rights, { ...source, seed: "b3RoZXI=" }),
    ).rejects.toThrow("403 ACL not found");
    expect(fake.descriptions).toEqual(["Initial Management Token"]);
});

test("the next management token is made by the one before, and that is deleted", async () => {
    const { fake, rights, at, consul } = await cluster(["a"]);
    await makeTokens(consul, rights, source);
    const next = rotated(rights, { management: 2 });
    const secretId = new ClusterSecrets(origin.seed, next.rotation).token("management").secretId;
    const both = at(secretId, management);
    expect(await makeTokens(both, next, source)).toEqual([
        "consul-machines proj/dev/consul management 2",
    ]);
    expect(await deleteRetired(both, next, source)).toEqual([
        "consul-machines proj/dev/consul management 1",
    ]);
    // A server that was not restarted brings it in again, under Consul's own description.
    fake.bringIn(management);
    expect(await deleteRetired(both, next, source, [management])).toEqual([
        "Initial Management Token",
    ]);
    expect(fake.descriptions).not.toContain("Initial Management Token");
});

test("retired tokens are deleted: of numbers before, and of nodes that are gone; others' stay", async () => {
    const { fake, rights, consul } = await cluster();
    await makeTokens(consul, rights, source);
    const others = ["", "consul-machines proj/dev/consul2 dns 1", "of a user"].map(
        (Description, index) => ({
            AccessorID: String(index),
            SecretID: `secret ${index}`,
            Description,
        }),
    );
    others.forEach((token) => fake.tokens.set(token.AccessorID, token));
    const next = {
        ...rotated(rights, { tokens: 3 }),
        nodes: Object.fromEntries(Object.entries(rights.nodes).filter(([name]) => name !== "c1")),
    };
    await makeTokens(consul, next, source);
    const deleted = await deleteRetired(consul, next, source);
    expect(deleted.toSorted()).toEqual(descriptions.filter((one) => !one.includes("management")));
    expect(fake.descriptions).toEqual(
        [
            ...others.map(({ Description }) => Description),
            ...wantedTokens(next, source).map(({ content }) => content.Description),
            "consul-machines proj/dev/consul management 1",
        ].sort(),
    );
    expect(await deleteRetired(consul, next, source)).toEqual([]);
});

test("nothing is deleted before the management token of today is there", async () => {
    const { fake, rights, consul } = await cluster();
    await makeTokens(consul, rights, source);
    const next = rotated(rights, { management: 2 });
    await expect(deleteRetired(consul, next, source)).rejects.toThrow(
        "the cluster does not have its management token yet: nothing is deleted",
    );
    expect(fake.descriptions).toEqual(descriptions);
});

test("a deleted management token has to stay unknown behind another leader", async () => {
    const { fake, consul } = await cluster();
    fake.elected = () => {
        expect(fake.leader).toBe("b");
    };
    await checkRetiredManagement(consul, ["of before"]);
    expect(fake.written).toEqual(["POST operator/raft/transfer-leader"]);
    await checkRetiredManagement(consul, []);
    expect(fake.written).toHaveLength(1);
    fake.elected = () => {
        fake.bringIn("of before");
    };
    await expect(checkRetiredManagement(consul, ["of before"])).rejects.toThrow(
        "a has brought a deleted management token in again: it was not restarted",
    );
});

test("a server that is alone cannot transfer leadership", async () => {
    const { fake, consul } = await cluster(["a", "c1"]);
    await checkRetiredManagement(consul, ["of before"]);
    expect(fake.written).toEqual([]);
});
