import { expect, test } from "vitest";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import {
    clientNames,
    clusterArgs,
    declareCluster,
    endpointOf,
    keysOf,
    nodeNames,
    plainCluster,
    requestOf,
    serverNames,
    words,
} from "../support/cluster.ts";

const made = declareCluster("generic", {
    image: { kind: "pulled", reference: "progrium/consul:latest" },
    imageFlavour: "progrium",
    dnsOnBridge: true,
    agentConfig: { log_level: "DEBUG" },
});

test("a cluster of progrium's image is of the same resources as any other, but is tried by none", async () => {
    const { declared } = await made;
    const plain = await plainCluster("generic");
    const others = keysOf(plain.declared).filter((key) => !key.endsWith("-agent-check"));
    expect(keysOf(declared)).toEqual(others);
});

test("its containers are told what that image's entry point takes", async () => {
    const { find } = await made;
    const common = (node: string) => [
        `-node=${node}`,
        "-dc=dc1",
        "-config-dir=/consul-machines",
        `-advertise=${endpointOf(node).address}`,
    ];
    const joins = "-retry-join=10.0.0.11";
    expect(find("Container consul-server-1-agent").inputs.command).toEqual([
        "-server",
        ...common("server-1"),
        "-bootstrap-expect=3",
        "-retry-interval=1s",
    ]);
    expect(find("Container consul-server-2-agent").inputs.command).toEqual([
        "-server",
        ...common("server-2"),
        joins,
        "-retry-interval=1s",
    ]);
    expect(find("Container consul-client-1-agent").inputs.command).toEqual([
        ...common("client-1"),
        ...serverNames.map((name) => `-retry-join=${endpointOf(name).address}`),
        "-retry-interval=1s",
    ]);
});

test.each(nodeNames)(
    "%s keeps its data where that image does, and binds its ports",
    async (node) => {
        const { find } = await made;
        const { volumes, ports, uploads } = find(`Container consul-${node}-agent`).inputs;
        const { address: ip, bridgeAddress } = endpointOf(node);
        expect(volumes).toEqual([{ volumeName: "consul-data", containerPath: "/data" }]);
        const same = (port: number, protocol: string) => ({
            ...{ internal: port, external: port, ip, protocol },
        });
        const dns = (protocol: string) => [
            { internal: 53, external: 8600, ip, protocol },
            { internal: 53, external: 53, ip: bridgeAddress, protocol },
        ];
        const isServer = serverNames.includes(node);
        expect(ports).toEqual([
            ...(isServer ? [same(8300, "tcp")] : []),
            same(8301, "tcp"),
            same(8301, "udp"),
            ...(isServer ? [same(8302, "tcp"), same(8302, "udp")] : []),
            same(8400, "tcp"),
            same(8500, "tcp"),
            ...dns("tcp"),
            ...dns("udp"),
        ]);
        const [{ file, content } = { file: "", content: "" }] = uploads as readonly {
            readonly file: string;
            readonly content: string;
        }[];
        expect(file).toBe("/consul-machines/agent.json");
        expect(JSON.parse(content)).toEqual({
            disable_remote_exec: true,
            leave_on_terminate: false,
            log_level: "DEBUG",
        });
    },
);

test("every gate, clearance and leave asks by the API of that Consul", async () => {
    const { find } = await made;
    const commands = [
        "Command consul-cluster-ready",
        ...nodeNames.flatMap((node) => [
            `Command consul-${node}-ready`,
            `Command consul-${node}-member`,
        ]),
        ...serverNames.map((node) => `Command consul-${node}-agent-clearance`),
    ];
    for (const command of commands) {
        expect([command, requestOf(find(command))]).toEqual([
            command,
            expect.objectContaining({ api: "0.5" }),
        ]);
    }
    expect(requestOf(find("Command consul-client-1-ready"))).toMatchObject({
        reloadable: { file: "/consul-machines/reloadable.json", config: {} },
    });
    expect(clientNames).toContain("client-1");
});

test("what it was made with is recorded; of today's image nothing is said", async () => {
    const { find } = await made;
    expect(requestOf(find("Command consul-formation"))).toMatchObject({
        expect: 3,
        imageFlavour: "progrium",
    });
    const plain = await plainCluster("generic");
    expect(requestOf(plain.find("Command consul-formation"))).not.toHaveProperty("imageFlavour");
    expect(requestOf(plain.find("Command consul-cluster-ready"))).not.toHaveProperty("api");
});

test("a server that is alone is told so by its arguments, as long as it lives", async () => {
    const { servers } = clusterArgs("generic");
    const { find } = await declareCluster("generic", {
        servers: servers.slice(0, 1) as NodeArgs[],
        clients: [],
        imageFlavour: "progrium",
    });
    expect(words(find("Container consul-server-1-agent"), "-bootstrap-expect")).toEqual([
        "-bootstrap-expect=1",
    ]);
    expect(requestOf(find("Command consul-server-1-ready"))).not.toHaveProperty("electionFile");
});

test("what that Consul cannot do is refused before anything is declared", async () => {
    const imageFlavour = "progrium" as const;
    await expect(
        declareCluster("generic", { imageFlavour, join: ["192.0.2.1"], snapshots: "kept" }),
    ).rejects.toThrow(/^Invalid arguments:\n {2}join: got .*\n {2}snapshots: got "kept"/);
});
