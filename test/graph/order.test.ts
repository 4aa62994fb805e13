import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import {
    addresses,
    clientNames,
    declareCluster,
    machines,
    nodeNames,
    plainCluster,
    requestOf,
    scriptOutputs,
    serverNames,
    words,
} from "../support/cluster.ts";
import type { Outputs } from "../support/declare.ts";

const bootstrap = "Container consul-server-1-agent";

/** The gate or bootstrap container of nodes among what something waits for. */
function agentsAmong(dependencies: readonly string[]): string[] {
    return dependencies.filter((key) => /-(agent|ready)$/.test(key));
}

describe.each(Object.keys(machines) as (keyof typeof machines)[])("on %s machines", (driver) => {
    test("exactly one server is told how many to expect", async () => {
        const { find } = await plainCluster(driver);

        const expecting = nodeNames.map((node) =>
            words(find(`Container consul-${node}-agent`), "-bootstrap-expect"),
        );
        expect(expecting).toEqual([["-bootstrap-expect=3"], [], [], [], []]);
    });

    test("each node joins the servers declared before it, clients all of them", async () => {
        const { find } = await plainCluster(driver);

        const [one, two, three] = serverNames.map((name) => `-retry-join=${addresses[name] ?? ""}`);
        const joined = nodeNames.map((node) =>
            words(find(`Container consul-${node}-agent`), "-retry-join="),
        );
        expect(joined).toEqual([[], [one], [one, two], [one, two, three], [one, two, three]]);
    });

    test("every joining container waits for the bootstrap container and the gate before it, a client for the group before", async () => {
        const { find } = await plainCluster(driver);

        const edges = nodeNames.map((node) =>
            agentsAmong(find(`Container consul-${node}-agent`).dependsOn),
        );
        const behindServers = ["Command consul-server-3-ready", bootstrap];
        expect(edges).toEqual([
            [],
            ["Command consul-server-1-ready", bootstrap],
            ["Command consul-server-2-ready", bootstrap],
            behindServers,
            ["Command consul-client-1-ready", ...behindServers],
        ]);
    });

    test("each gate waits for its own container, and is another one with another container", async () => {
        const { find } = await plainCluster(driver);

        for (const node of nodeNames) {
            const gate = find(`Command consul-${node}-ready`);
            expect(agentsAmong(gate.dependsOn)).toEqual([`Container consul-${node}-agent`]);
            expect(gate.inputs.triggers).toEqual([`consul-${node}-agent-id`]);
            expect(gate.inputs.create).toBe("agent ready");
            expect(gate.inputs.update).toBe("agent known");
        }
    });

    test("a gate asks the agent, and the other servers about it", async () => {
        const { find } = await plainCluster(driver);

        const asked = (node: string) => requestOf(find(`Command consul-${node}-ready`));
        const http = (node: string) => `http://${addresses[node] ?? ""}:8500`;
        expect(asked("server-2")).toEqual({
            nodeName: "server-2",
            role: "server",
            httpAddress: http("server-2"),
            servers: { "server-1": http("server-1"), "server-3": http("server-3") },
            later: ["server-3"],
            log: { store: ".state/machines/mocked", machine: "dev-server-2", container: "consul" },
            reloadable: { file: "/consul-machines/reloadable.json", config: {} },
        });
        expect(asked("client-1")).toEqual({
            nodeName: "client-1",
            role: "client",
            httpAddress: http("client-1"),
            servers: Object.fromEntries(serverNames.map((name) => [name, http(name)])),
            log: { store: ".state/machines/mocked", machine: "dev-client-1", container: "consul" },
            reloadable: { file: "/consul-machines/reloadable.json", config: {} },
        });
    });

    test("the cluster's gate waits for every node's, and asks every server", async () => {
        const { find } = await plainCluster(driver);

        const gate = find("Command consul-cluster-ready");
        const gates = nodeNames.map((node) => `Command consul-${node}-ready`);
        expect(gate.dependsOn).toEqual(expect.arrayContaining(gates));
        expect(gate.inputs.triggers).toEqual(nodeNames.map((node) => `consul-${node}-agent-id`));
        expect(requestOf(gate)).toEqual({
            servers: Object.fromEntries(
                serverNames.map((name) => [name, `http://${addresses[name] ?? ""}:8500`]),
            ),
            clients: clientNames,
            contact: "http://10.0.0.11:8500",
        });
    });

    test("a machine waits for the store and its own host alone, so that all are made at once", async () => {
        const { find } = await plainCluster(driver);

        const host = (node: string) =>
            driver === "lab" ? [`Container consul-${node}-lab-host`] : [];
        const edges = nodeNames.map((node) => find(`Command consul-${node}-machine`).dependsOn);
        expect(edges).toEqual(nodeNames.map((node) => ["Command consul-store", ...host(node)]));
    });
});

test("before machines have told their addresses, what comes from them is unknown, not wrong", async () => {
    const { find } = await declareCluster("virtualbox", {}, { preview: true });

    for (const node of nodeNames) {
        const { inputs } = find(`Container consul-${node}-agent`);
        expect([inputs.command, inputs.ports]).toEqual([
            pulumi.runtime.unknownValue,
            pulumi.runtime.unknownValue,
        ]);
        expect(inputs.hostname).toBe(node);
    }
});

test("who has moved joins where the others were first, but never itself", async () => {
    // Each is where another one was when the cluster was formed.
    const before = { "server-1": "10.0.0.12", "server-2": "10.0.0.13", "server-3": "10.0.0.11" };
    const formation = { expect: 3, servers: serverNames, addresses: before };
    const outputs: Outputs = (resource) =>
        resource.inputs.create === "formation record"
            ? { stdout: JSON.stringify(formation) }
            : scriptOutputs(resource);
    const { find } = await declareCluster("virtualbox", {}, { outputs });
    const joined = nodeNames.map((node) =>
        words(find(`Container consul-${node}-agent`), "-retry-join="),
    );
    const [one, two, three] = Object.values(before).map((address) => `-retry-join=${address}`);
    expect(joined).toEqual([[], [], [one], [one, two, three], [one, two, three]]);
});

test("a cluster that joins another stack's names its servers last, and may have none", async () => {
    const { find } = await declareCluster("generic", { join: ["10.9.9.1"] });
    const without = await declareCluster("generic", { join: ["10.9.9.1"], servers: [] });

    expect(words(find(bootstrap), "-retry-join=")).toEqual(["-retry-join=10.9.9.1"]);
    expect(words(find("Container consul-server-2-agent"), "-retry-join=")).toEqual([
        "-retry-join=10.0.0.11",
        "-retry-join=10.9.9.1",
    ]);
    expect(words(without.find("Container consul-client-1-agent"), "-retry-join=")).toEqual([
        "-retry-join=10.9.9.1",
    ]);
    expect(requestOf(without.find("Command consul-cluster-ready"))).toEqual({
        servers: {},
        clients: clientNames,
        contact: "http://10.9.9.1:8500",
    });
});
