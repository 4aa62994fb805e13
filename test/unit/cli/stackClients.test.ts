import { describe, expect, it } from "vitest";
import { clusterRights } from "../../../cli/stack/clusterRights.ts";
import { accessOf, answererOf, StackClients } from "../../../cli/stack/stackClients.ts";
import { askCluster, askUntilReady, isReady } from "../../../cli/stack/stackNodes.ts";
import { FakeCluster } from "../../support/fakeCluster.ts";
import { accessFile, FakeAcls, origin } from "../../support/securedAgents.ts";

const place = { store: ".state/machines/dev", owner: "consul-machines/dev" };
const node = (httpAddress: string, role = "server", machine = "dev-machine") => {
    return { role, address: "127.0.0.1", httpAddress, machine };
};

/** A secured cluster of three servers, as its stack exports it. */
async function secured() {
    const acls = new FakeAcls();
    const cluster = await FakeCluster.start(["a", "b", "c"], [], acls);
    const addresses = Object.entries(cluster.addresses(["a", "b", "c"]));
    const nodes = Object.fromEntries(addresses.map(([name, url]) => [name, node(url)]));
    return { acls, cluster, nodes };
}

describe("the clients of a stack", () => {
    it("need a file with rights for a secured cluster, named after its stack, and none for an open one", () => {
        expect(accessOf({ a: node("http://10.0.0.1:8500") }, place)).toBeUndefined();
        expect(accessOf({ a: node("https://10.0.0.1:8501") }, place)).toBe(
            ".state/machines/dev/access/consul-machines%2Fdev%2Fconsul.json",
        );
    });

    it("ask each agent about itself by its own token, and about the cluster by that for it", async () => {
        const { acls, nodes } = await secured();
        const answers = await askUntilReady(nodes, await accessFile());
        expect(isReady(nodes, answers)).toBe(true);
        expect(acls.granted).toEqual([
            "a: recovery: GET /v1/agent/members",
            "a: operate: GET /v1/operator/autopilot/health",
        ]);
    });

    it("take no other node's agent for the one that is meant", async () => {
        const { nodes } = await secured();
        const swapped = { a: nodes.b ?? node(""), b: nodes.a ?? node("") };
        const clients = await StackClients.of({ nodes: swapped, access: await accessFile() });
        const { failure } = await askCluster(clients.all());
        expect(failure).toContain("has not proven to be this agent");
    });

    it("are not made without the rights that are needed, nor for an unknown node", async () => {
        const { nodes } = await secured();
        await expect(StackClients.of({ nodes, access: "/nowhere.json" })).rejects.toThrow(
            "`pulumi up` writes them there",
        );
        const clients = await StackClients.of({ nodes, access: await accessFile() });
        expect(() => clients.of("z")).toThrow('node: got "z"; expected one of a, b, c');
    });

    it("do not say which of several nodes answers at an address that they share", () => {
        const nodes = { a: node("https://10.0.0.1:8501"), b: node("https://10.0.0.1:8501") };
        expect(answererOf(nodes, "a")).toBeUndefined();
        expect(answererOf({ a: node("https://10.0.0.1:8501") }, "a")).toBe("a");
    });
});

describe("what the rights of a stack's cluster are made of", () => {
    const rights = (nodes: Parameters<typeof clusterRights>[0]["nodes"]) =>
        clusterRights({ nodes, store: "STORE", access: "FILE", rotation: origin.rotation });

    it("are its nodes with their containers, as they are called on a machine of their own", () => {
        expect(rights({ a: node("https://10.0.0.1:8501", "client", "dev-a") })).toEqual({
            access: "FILE",
            rotation: origin.rotation,
            nodes: {
                a: {
                    role: "client",
                    httpAddress: "https://10.0.0.1:8501",
                    agent: { store: "STORE", machine: "dev-a", container: "consul" },
                },
            },
        });
    });

    it("have containers by the nodes' names on one that they share", () => {
        const url = "https://10.0.0.1:8501";
        const { nodes } = rights({ a: node(url), b: node(url) });
        expect(Object.values(nodes).map(({ agent }) => agent.container)).toEqual(["a", "b"]);
    });
});
