import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { joinedStack } from "../../../program/joinedStack.ts";
import { definedOutputs } from "../../../program/definedOutputs.ts";
import { valueOf } from "../../support/declare.ts";

const pair = { certificate: "a certificate", key: "a secret key" };

const joinBundle = {
    datacenter: "dc1",
    domain: "consul",
    servers: { "server-1": "https://10.1.0.11:8501" },
    caCertificate: "a CA",
    gossipKey: "a secret gossip key",
    tokens: { agent: "a", operate: "b", services: "c", metrics: "d" },
    authorities: { client: pair, server: pair },
};

const outputs = {
    security: "full",
    nodes: { "server-1": { role: "server" }, "client-1": { role: "client" } },
    joinBundle,
};

const settings = {
    joinStack: "core",
    datacenter: "dc1",
    agentConfig: {},
    nodes: {
        servers: [],
        clients: [{ name: "worker-1", machine: { driver: "lab", address: "" } }],
    },
} as const;

const own = ["acme", "consul-machines", "workers"] as const;

beforeAll(async () => {
    const [organization, project, stack] = own;
    const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
    await pulumi.runtime.setMocks(mocks, project, stack, false, organization);
});

const read =
    (over: Readonly<Record<string, unknown>> = {}) =>
    () =>
        Promise.resolve({ ...outputs, ...over });

test("what the other stack gives is a secret", async () => {
    const found = await joinedStack(settings, read());
    expect(found.problems).toEqual([]);
    const { joinCluster } = found;
    expect(joinCluster && (await valueOf(joinCluster))).toEqual(joinBundle);
    expect(joinCluster && (await pulumi.isSecret(joinCluster))).toBe(true);
});

test("a stack that joins none asks for nothing", async () => {
    const never = () => Promise.reject(new Error("asked"));
    expect(await joinedStack({ ...settings, joinStack: "" }, never)).toEqual({ problems: [] });
});

test.each([
    ["core", `${own[0]}/${own[1]}/core`],
    ["base/core", `${own[0]}/base/core`],
    ["acme/base/core", "acme/base/core"],
])("%s is asked for as %s", async (joinStack, name) => {
    const asked: string[] = [];
    const note = (stack: string) => {
        asked.push(stack);
        return Promise.resolve(outputs);
    };
    await joinedStack({ ...settings, joinStack }, note);
    expect(asked).toEqual([name]);
});

test.each([
    [
        "without a cluster",
        { nodes: undefined },
        "that stack has no cluster of this program, or none yet",
    ],
    ["without servers", { nodes: { w: { role: "client" } } }, "that stack has no servers"],
    [
        "that is open",
        { security: "open" },
        "the cluster of that stack is open; join it by the addresses",
    ],
    ["of an earlier version", { security: undefined }, "the cluster of that stack is open"],
    ["that gives nothing", { joinBundle: undefined }, "the cluster of that stack cannot be joined"],
    [
        "that gives something else",
        { joinBundle: { tokens: {} } },
        "is not as this version knows it",
    ],
])("a stack %s is refused, by one message without a secret", async (_, over, message) => {
    const { problems, joinCluster } = await joinedStack(settings, read(over));
    expect(problems).toEqual([expect.stringContaining(`joinStack: got "core"; `)]);
    expect(problems[0]).toContain(message);
    expect(problems[0]).not.toContain("secret");
    expect(joinCluster).toBeUndefined();
});

test("one that is unknown is named with what Pulumi says of it", async () => {
    const unknown = () => Promise.reject(new Error('unknown stack "core"\n'));
    const { problems } = await joinedStack(settings, unknown);
    expect(problems).toEqual([
        `joinStack: got "core"; the outputs of "${own[0]}/${own[1]}/core" cannot be read (unknown stack "core"); ` +
            "name a stack that this Pulumi backend has, and whose secrets it can decrypt",
    ]);
});

test.each([own[2], own.slice(1).join("/"), own.join("/")])(
    "%s is the stack itself",
    async (name) => {
        const never = () => Promise.reject(new Error("asked"));
        const { problems } = await joinedStack({ ...settings, joinStack: name }, never);
        expect(problems).toEqual([
            `joinStack: got "${name}"; the name of another stack; this is its own`,
        ]);
    },
);

test("another datacenter, another domain and a name that is taken are said at once", async () => {
    const clients = [{ ...settings.nodes.clients[0], name: "client-1" }];
    const other = {
        ...settings,
        datacenter: "dc2",
        agentConfig: { domain: "example" },
        nodes: { servers: [], clients },
    };
    const { problems } = await joinedStack(other, read());
    expect(problems.map((line) => line.replace(/;.*/, ""))).toEqual([
        'datacenter: got "dc2"',
        'agentConfig.domain: got "example"',
        'name: got "client-1"',
    ]);
});

test("outputs without a value are left out", () => {
    expect(definedOutputs({ a: 1, b: undefined, c: null })).toEqual({ a: 1, c: null });
});
