import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { property } from "../../scripts/system/json.ts";
import type { NodeArgs, SharedNodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { ServiceArgs } from "../../components/node/serviceArgs.ts";
import { serviceDefinition } from "../../components/node/serviceDefinition.ts";
import {
    clusterArgs,
    declareCluster,
    keysOf,
    machines,
    plainCluster,
    requestOf,
} from "../support/cluster.ts";
import { isSecret } from "../support/declare.ts";

const redis: ServiceArgs = { name: "redis", port: 6379, checks: [{ kind: "tcp" }] };

/** The cluster with these services on one of its nodes. */
function withServices(node: string, services: readonly ServiceArgs<pulumi.Input<string>>[]) {
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
        services: [serviceDefinition(redis, { address: "10.0.0.101", nodeName: "client-1" })],
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
    await expect(
        withServices("server-1", [{ name: "consul" }, { name: "b", port: 0 }]),
    ).rejects.toThrow(
        "Invalid arguments:\n" +
            '  server-1.services[0].name: got "consul"; another name: this one is that of the servers\n' +
            "  server-1.services[1].port: got 0; a port, from 1 to 65535",
    );
});

test("services of a role are registered on each of its nodes, before those of the node", async () => {
    const clientServices: readonly ServiceArgs[] = [
        { name: "metrics", id: "metrics-$(node)", port: 9100 },
        {
            definition: {
                name: "logs",
                check: { http: "http://$(address):3100/", interval: "5s" },
            },
        },
    ];
    const { servers, clients = [] } = clusterArgs("generic");
    const { declared, find } = await declareCluster("generic", {
        servers,
        clients: clients.map((one) =>
            one.name === "client-2" ? { ...one, services: [redis] } : one,
        ) as NodeArgs[],
        clientServices,
    });
    const keys = keysOf(declared).filter((key) => key.endsWith("-services"));
    expect(keys).toEqual(["Command consul-client-1-services", "Command consul-client-2-services"]);
    const sent = (name: string, address: string, services: readonly ServiceArgs[]) => {
        expect(requestOf(find(`Command consul-${name}-services`))).toMatchObject({
            services: services.map((one) => serviceDefinition(one, { address, nodeName: name })),
        });
    };
    sent("client-1", "10.0.0.101", clientServices);
    sent("client-2", "10.0.0.102", [...clientServices, redis]);
    expect(requestOf(find("Command consul-client-2-services"))).toMatchObject({
        services: [
            { ID: "metrics-client-2", Address: "10.0.0.102" },
            { ID: "logs", Check: { HTTP: "http://10.0.0.102:3100/" } },
            { ID: "redis" },
        ],
    });
});

test("what is wrong among the services of a cluster is said by the names of its arguments", async () => {
    const { servers, clients = [] } = clusterArgs("generic");
    await expect(
        declareCluster("generic", {
            servers: servers.map((one) => ({ ...one, services: [{ name: "a" }] })) as NodeArgs[],
            clients,
            image: { kind: "pulled", reference: "hashicorp/consul:1.20.6" },
            serverServices: [{ name: "b", ports: [{ name: "http", port: 80 }] }, { name: "a" }],
        }),
    ).rejects.toThrow(
        "Invalid arguments:\n" +
            ["server-1", "server-2", "server-3"]
                .map(
                    (name) =>
                        `  ${name}.services[0]: another id than "a", which serverServices[1] has on every node of that role.\n`,
                )
                .join("") +
            "  serverServices[0]: Consul 1.22 is the first that takes, and not 1.20.6, several ports by their names; " +
            "declare a service for each.",
    );
});

test("services of a role go with no shared machine", async () => {
    await expect(
        declareCluster("generic", {
            machine: machines.generic("server-1"),
            servers: [{ name: "server-1" }],
            clients: [],
            clientServices: [{ name: "a" }],
        }),
    ).rejects.toThrow(
        "clientServices: of nodes that share a machine only the first one's API is reached; register services by that.",
    );
});

test("what lets a check in is kept as a secret, given as one or not", async () => {
    const withHeader = (value: pulumi.Input<string>): ServiceArgs<pulumi.Input<string>> => ({
        name: "web",
        port: 80,
        checks: [{ kind: "http", header: { Authorization: value } }],
    });
    const secrets = [
        withHeader("Basic eDp5"),
        withHeader(pulumi.secret("Basic eDp5")),
        { name: "x", port: 1, checks: [{ kind: "http", body: "{}" }] } as const,
        { definition: { name: "y", check: { http: "http://a:b@c/", interval: "5s" } } },
    ];
    for (const service of secrets) {
        const { find } = await withServices("client-1", [service]);
        const { wire } = find("Command consul-client-1-services");
        expect(isSecret(property(wire, "stdin"))).toBe(true);
    }
    const { find } = await withServices("client-1", [withHeader(pulumi.secret("Basic eDp5"))]);
    const request = JSON.stringify(requestOf(find("Command consul-client-1-services")));
    expect(request).toContain('"Header":{"Authorization":["Basic eDp5"]}');
    const { find: plain } = await withServices("client-1", [redis]);
    expect(isSecret(property(plain("Command consul-client-1-services").wire, "stdin"))).toBe(false);
});
