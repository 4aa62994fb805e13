import { expect, test } from "vitest";
import type { NodeArgs, SharedNodeArgs } from "../../components/cluster/clusterArgs.ts";
import { serviceDefinition, type ServiceArgs } from "../../components/node/serviceDefinition.ts";
import {
    clusterArgs,
    declareCluster,
    keysOf,
    plainCluster,
    requestOf,
} from "../support/cluster.ts";

const redis: ServiceArgs = { name: "redis", port: 6379, checks: [{ kind: "tcp" }] };

/** The cluster with these services on one of its nodes. */
function withServices(node: string, services: readonly ServiceArgs[]) {
    const { servers, clients = [] } = clusterArgs("generic");
    const given = (nodes: readonly SharedNodeArgs[]) =>
        nodes.map((one) => (one.name === node ? { ...one, services } : one) as NodeArgs);
    return declareCluster("generic", { servers: given(servers), clients: given(clients) });
}

test("a node's services are one Command more, behind its gate, and go with its machine", async () => {
    const { declared, find } = await withServices("client-1", [redis]);
    const { declared: plain } = await plainCluster("generic");

    const key = "Command consul-client-1-services";
    expect(keysOf(declared).filter((one) => !keysOf(plain).includes(one))).toEqual([key]);
    expect(find(key).inputs).toMatchObject({
        create: "services register",
        update: "services register",
        delete: "services remove",
    });
    expect(find(key).dependsOn).toContain("Command consul-client-1-ready");
    // A first server is ready long before there is a leader, without whom nothing is registered.
    expect(find(key).dependsOn).toContain("Command consul-cluster-ready");
    expect(find(key).parent).toBe("ConsulNode consul-client-1");
    expect(find(key).deletedWith).toBe("Command consul-client-1-machine");
    expect(find(key).replaceWith).toEqual(["Command consul-client-1-machine"]);
    expect(requestOf(find(key))).toEqual({
        nodeName: "client-1",
        httpAddress: "http://10.0.0.101:8500",
        container: "consul-client-1-agent-id",
        services: [serviceDefinition(redis, "10.0.0.101")],
    });
});

test("no change of services changes a container, or what clears it for a change", async () => {
    const { find: before } = await plainCluster("generic");
    const { find: after } = await withServices("server-1", [redis, { name: "web" }]);

    for (const key of [
        "Container consul-server-1-agent",
        "Command consul-server-1-agent-clearance",
    ]) {
        expect(after(key).inputs).toEqual(before(key).inputs);
    }
});

test("services with anything wrong are refused, all problems at once", async () => {
    await expect(withServices("server-1", [{ name: "A" }, { name: "b", port: 0 }])).rejects.toThrow(
        "Invalid arguments:\n" +
            '  server-1.services[0].name: got "A"; lowercase letters, digits and dashes, at most 63 ' +
            "characters: a name in DNS\n" +
            "  server-1.services[1].port: got 0; a port, from 1 to 65535",
    );
});
