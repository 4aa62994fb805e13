import { expect, test } from "vitest";
import { property } from "../../scripts/system/json.ts";
import type { ConsulClusterArgs } from "../../components/cluster/clusterArgs.ts";
import { ConsulCluster } from "../../components/cluster/consulCluster.ts";
import { MachineStore } from "../../components/machine/machineStore.ts";
import { ConsulNode } from "../../components/node/consulNode.ts";
import { MachineContainer } from "../../components/node/machineContainer.ts";
import { Registrator, type RegistratorArgs } from "../../components/node/registrator.ts";
import {
    authority,
    client,
    clusterArgs,
    nodeNames,
    plainCluster,
    requestOf,
    scriptOutputs,
    tokens,
} from "../support/cluster.ts";
import { declare, isSecret } from "../support/declare.ts";

const pulled = { kind: "pulled", reference: "gliderlabs/registrator:v7" } as const;

/** A cluster, with a registrator and a redis on the machine of its first client. */
async function withRegistrator(
    over: Partial<RegistratorArgs> = {},
    cluster: Partial<ConsulClusterArgs> = {},
) {
    const { declared } = await declare(
        () => {
            const args = clusterArgs("generic", cluster);
            const node = new ConsulCluster("consul", args).node("client-1");
            new Registrator("watch", { node, image: pulled, ...over });
            new MachineContainer("cache", {
                node,
                containerName: "redis",
                image: { kind: "pulled", reference: "redis:7.4" },
                publish: [{ internal: 6379 }, { internal: 53, external: 5353, protocol: "udp" }],
                environment: { B: "2", A: "1" },
                labels: { SERVICE_6379_NAME: "redis" },
                memory: 64,
            });
        },
        { outputs: scriptOutputs },
    );
    return (key: string) => {
        const found = declared.find((one) => one.key === key);
        if (found === undefined) {
            throw new Error(`"${key}" was not declared`);
        }
        return found;
    };
}

const ours = [
    { label: "consul-machines.node", value: "client-1" },
    { label: "consul-machines.owner", value: "consul-machines/dev" },
];

test("a registrator runs on its node's engine, behind the agent's gate, with the socket", async () => {
    const find = await withRegistrator();

    const container = find("Container watch-container");
    expect(container.provider).toBe("Provider consul-client-1-docker");
    expect(container.parent).toBe("MachineContainer watch");
    expect(find("MachineContainer watch").parent).toBe("Registrator watch");
    expect(container.dependsOn).toEqual(
        expect.arrayContaining([
            "Command consul-client-1-ready",
            "Command consul-cluster-ready",
            "Command watch-forgotten",
            "RemoteImage watch-image",
        ]),
    );
    expect(container.inputs).toMatchObject({
        name: "registrator",
        hostname: "client-1",
        image: "gliderlabs/registrator:v7",
        restart: "unless-stopped",
        volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/tmp/docker.sock" }],
        ports: [],
        labels: [{ label: "SERVICE_IGNORE", value: "true" }, ...ours],
    });
    expect(container.inputs.command).toContain("-ip=10.0.0.101");
    expect(container.inputs.command).toContain("consul://10.0.0.101:8500");
    expect(find("RemoteImage watch-image").provider).toBe("Provider consul-client-1-docker");
});

test("what runs on a machine goes with it; a left-over of its name is cleared away", async () => {
    const find = await withRegistrator();

    const machine = "Command consul-client-1-machine";
    for (const key of ["Container watch-container", "Container cache-container"]) {
        expect(find(key).deletedWith).toBe(machine);
        expect(find(key).replaceWith).toEqual([machine]);
        expect(find(key).deleteBeforeReplace).toBe(true);
        expect(find(key).errorHooks).toHaveLength(1);
    }
    expect(find("Command watch-forgotten").deletedWith).toBe(machine);
});

test("what a registrator registered is taken out once it is removed", async () => {
    const find = await withRegistrator();

    const forgotten = find("Command watch-forgotten");
    expect(forgotten.inputs).toMatchObject({ delete: "services forget" });
    expect(forgotten.inputs.create).toBeUndefined();
    expect(requestOf(forgotten)).toEqual({
        nodeName: "client-1",
        httpAddress: "http://10.0.0.101:8500",
        prefix: "client-1:",
    });
});

test("a container's ports are bound to its machine's address and no other", async () => {
    const find = await withRegistrator();

    expect(find("Container cache-container").inputs).toMatchObject({
        name: "redis",
        image: "redis:7.4",
        memory: 64,
        restart: "unless-stopped",
        destroyGraceSeconds: 10,
        envs: ["A=1", "B=2"],
        labels: [{ label: "SERVICE_6379_NAME", value: "redis" }, ...ours],
        ports: [
            { internal: 6379, external: 6379, ip: "10.0.0.101", protocol: "tcp" },
            { internal: 53, external: 5353, ip: "10.0.0.101", protocol: "udp" },
        ],
    });
});

test("an archived image is loaded onto the node's machine", async () => {
    const find = await withRegistrator({
        image: { kind: "archive", archive: "r.tar", source: "r:7", reference: "r:0123" },
    });

    expect(find("Container watch-container").inputs.image).toBe("r:0123");
    expect(requestOf(find("Command watch-image"))).toMatchObject({ machine: "dev-client-1" });
});

test("no agent's ports are taken for services", async () => {
    const { find } = await plainCluster("generic");

    for (const node of nodeNames) {
        expect(find(`Container consul-${node}-agent`).inputs.labels).toContainEqual({
            label: "SERVICE_IGNORE",
            value: "true",
        });
    }
});

test("rounds without a length, and nodes that there are not, are refused by name", async () => {
    await declare(
        () => {
            const cluster = new ConsulCluster("consul", clusterArgs("generic"));
            const node = cluster.node("client-1");
            for (const resyncSeconds of [0, 1.5]) {
                const args = { node, image: pulled, resyncSeconds };
                expect(() => new Registrator(`watch-${resyncSeconds}`, args)).toThrow(
                    `resyncSeconds: got ${resyncSeconds}; whole seconds, at least 1`,
                );
            }
            expect(() => cluster.node("client-9")).toThrow(
                'client-9: no such node in cluster "consul".',
            );
        },
        { outputs: scriptOutputs },
    );
});

test("a container waits for its node's gate and for the cluster's, where the node is in one", async () => {
    const find = await withRegistrator();
    const gates = (dependencies: readonly string[]) =>
        dependencies.filter((key) => key.endsWith("-ready"));
    expect(gates(find("Container cache-container").dependsOn)).toEqual([
        "Command consul-client-1-ready",
        "Command consul-cluster-ready",
    ]);

    const { declared } = await declare(
        () => {
            const store = new MachineStore("store", { path: "store" });
            const node = new ConsulNode("alone", {
                machineName: "alone",
                machine: { driver: "virtualbox" },
                store,
                nodeName: "alone",
                role: "client",
                agent: { datacenter: "dc1", image: pulled },
                join: ["10.9.9.1"],
                otherServers: {},
            });
            new MachineContainer("cache", { node, containerName: "redis", image: pulled });
        },
        { outputs: scriptOutputs },
    );
    const alone = declared.find(({ name }) => name === "cache-container");
    expect(gates(alone?.dependsOn ?? [])).toEqual(["Command alone-ready"]);
});

test("in a secured cluster a registrator has the CA's certificate, and its token as a secret", async () => {
    const find = await withRegistrator({}, { security: "full" });

    const { inputs, wire, propertyDependsOn } = find("Container watch-container");
    expect(inputs).toMatchObject({
        envs: ["CONSUL_CACERT=/consul-ca.pem", `CONSUL_HTTP_TOKEN=${tokens.servicesToken}`],
        uploads: [{ file: "/consul-ca.pem", content: authority.certificate }],
    });
    expect(inputs.command).toContain("consul-tls://10.0.0.101:8501");
    expect(isSecret(property(wire, "envs"))).toBe(true);
    expect(JSON.stringify({ ...inputs, envs: [] })).not.toContain(tokens.servicesToken);
    // Otherwise the engine would delete the container before it replaces the CA, and make it again at the end.
    expect(propertyDependsOn.uploads).not.toContain("Command consul-ca");
});

test("where the agent demands a certificate a registrator has one, and its key as a secret", async () => {
    const find = await withRegistrator({}, { security: "full", tls: { clientCertificates: true } });

    const { inputs, wire, propertyDependsOn } = find("Container watch-container");
    expect(inputs).toMatchObject({
        envs: [
            "CONSUL_CACERT=/consul-ca.pem",
            `CONSUL_HTTP_TOKEN=${tokens.servicesToken}`,
            "CONSUL_TLSCERT=/consul-client.pem",
            "CONSUL_TLSKEY=/consul-client-key.pem",
        ],
        uploads: [
            { file: "/consul-ca.pem", content: authority.certificate },
            { file: "/consul-client.pem", content: client.certificate },
            { file: "/consul-client-key.pem", content: client.key },
        ],
    });
    const uploads: unknown = property(wire, "uploads");
    const contents = Array.isArray(uploads) ? uploads.map((one) => property(one, "content")) : [];
    expect(contents.map(isSecret)).toEqual([false, false, true]);
    expect(propertyDependsOn.uploads).not.toContain("Command consul-client");
});

test("what a registrator registered is taken out with the rights of the stack, and no secret in the request", async () => {
    const find = await withRegistrator({}, { security: "full" });

    const forgotten = find("Command watch-forgotten");
    expect(requestOf(forgotten)).toEqual({
        nodeName: "client-1",
        httpAddress: "https://10.0.0.101:8501",
        prefix: "client-1:",
        access: ".state/machines/mocked/access/consul-machines%2Fdev%2Fconsul.json",
    });
    expect(isSecret(property(forgotten.wire, "stdin"))).toBe(false);
});

test("in an open cluster it has neither, and its Commands say nothing of rights", async () => {
    const find = await withRegistrator();

    expect(find("Container watch-container").inputs.envs).toEqual([]);
    expect(find("Container watch-container").inputs.uploads).toBeUndefined();
    expect(requestOf(find("Command watch-forgotten"))).not.toHaveProperty("access");
});
