import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { ConsulClusterArgs, SharedNodeArgs } from "../../components/cluster/clusterArgs.ts";
import { ConsulCluster } from "../../components/cluster/consulCluster.ts";
import {
    containerAddress,
    defaultNodeSubnet,
} from "../../components/machine/containerAddresses.ts";
import {
    clientNames,
    endpointOf,
    keysOf,
    machines,
    nodeNames,
    requestOf,
    scriptOutputs,
    serverNames,
    words,
} from "../support/cluster.ts";
import { declare, type Declared, type DeclareOptions, valueOf } from "../support/declare.ts";

const named = (names: readonly string[]) => names.map((name): SharedNodeArgs => ({ name }));

/** The arguments of three servers and two clients on one machine. */
function sharedArgs(driver: "generic" | "lab", over: object = {}): ConsulClusterArgs {
    return {
        machine: { driver, address: endpointOf("shared").address } as ConsulClusterArgs["machine"] &
            object,
        servers: named(serverNames),
        clients: named(clientNames),
        datacenter: "dc1",
        image: { kind: "pulled", reference: "hashicorp/consul:1.22.2" },
        store: { path: ".state/machines/mocked" },
        security: "open",
        ...(driver === "lab" ? { lab: { subnet: "10.0.0.0/24" } } : {}),
        ...over,
    };
}

async function declareShared(
    driver: "generic" | "lab" = "generic",
    over: object = {},
    options: DeclareOptions = {},
) {
    const { declared, result } = await declare(
        () => new ConsulCluster("consul", sharedArgs(driver, over)),
        { outputs: scriptOutputs, ...options },
    );
    const find = (key: string): Declared => {
        const found = declared.find((one) => one.key === key);
        if (found === undefined) {
            throw new Error(`"${key}" was not declared; there are\n${keysOf(declared).join("\n")}`);
        }
        return found;
    };
    return { declared, find, cluster: result };
}

const agent = (node: string) => `Container consul-${node}-agent`;
const machineAddress = endpointOf("shared").address;
const httpAddress = `http://${machineAddress}:8500`;

test("its machine is provisioned again for the reason that it is given", async () => {
    const { find } = await declareShared("generic", { provision: "address 10.0.0.99" });
    expect(requestOf(find("Command consul-shared-machine"))).toMatchObject({
        machine: "dev-machine",
        provision: "address 10.0.0.99",
    });
});

const expected = [
    "Command consul-teardown",
    "Command consul-formation",
    "Command consul-shared-machine",
    "Command consul-store",
    "Command consul-cluster-ready",
    "ConsulCluster consul",
    "DockerMachine consul-shared-machine",
    "MachineStore consul-store",
    "Network consul-shared-network",
    "Provider consul-shared-docker",
    "RemoteImage consul-shared-image",
    "SharedMachine consul-shared",
    ...nodeNames.flatMap((node) => [
        `Command consul-${node}-agent-${serverNames.includes(node) ? "clearance" : "check"}`,
        `Command consul-${node}-member`,
        `Command consul-${node}-ready`,
        `ConsulNode consul-${node}`,
        agent(node),
        `Volume consul-${node}-data`,
    ]),
];
const ofTheLab = [
    "Command consul-lab-image",
    "Command consul-lab-key",
    "Command consul-lab-network",
    "Container consul-machine-lab-host",
    "LabHost consul-lab",
    "LabMachine consul-machine-lab",
    "Provider consul-lab-docker",
];

describe("a cluster on one machine", () => {
    test("is exactly these resources, and a preview declares every one of them", async () => {
        const { declared } = await declareShared();
        const previewed = await declareShared("generic", {}, { preview: true });
        const lab = await declareShared("lab");

        expect(keysOf(declared)).toEqual([...expected].sort());
        expect(keysOf(previewed.declared)).toEqual([...expected].sort());
        expect(keysOf(lab.declared)).toEqual([...expected, ...ofTheLab].sort());
    });

    test("has all of it on the machine's engine, and gone with the machine", async () => {
        const { find } = await declareShared();

        const placed = [
            ...nodeNames.flatMap((node) => [agent(node), `Volume consul-${node}-data`]),
            "RemoteImage consul-shared-image",
            "Network consul-shared-network",
        ].map((key) => find(key));
        expect(new Set(placed.map(({ provider }) => provider))).toEqual(
            new Set(["Provider consul-shared-docker"]),
        );
        expect(new Set(placed.map(({ deletedWith }) => deletedWith))).toEqual(
            new Set(["Command consul-shared-machine"]),
        );
        expect(find("Provider consul-shared-docker").inputs).toMatchObject({
            host: endpointOf("shared").endpoint,
        });
    });

    test("publishes HTTP and DNS of its first server on the machine's address, nothing more", async () => {
        const { find } = await declareShared();

        const ports = nodeNames.map((node) => find(agent(node)).inputs.ports);
        const bound = (port: number, protocol: string) => ({
            internal: port,
            external: port,
            ip: machineAddress,
            protocol,
        });
        const outside = [bound(8500, "tcp"), bound(8600, "tcp"), bound(8600, "udp")];
        expect(ports).toEqual([outside, [], [], [], []]);
    });

    test("binds DNS to the machine's bridge for that server alone, when it is asked for", async () => {
        const { find } = await declareShared("generic", { dnsOnBridge: true });

        const onBridge = nodeNames.map((node) =>
            (find(agent(node)).inputs.ports as { ip: string; external: number }[])
                .filter(({ external }) => external === 53)
                .map(({ ip }) => ip),
        );
        const { bridgeAddress } = endpointOf("shared");
        expect(onBridge).toEqual([[bridgeAddress, bridgeAddress], [], [], [], []]);
    });

    test("has a network on which each node has its name and an address of its own", async () => {
        const { find } = await declareShared();

        const addresses = nodeNames.map((node) => containerAddress(defaultNodeSubnet, node));
        expect(new Set(addresses).size).toBe(nodeNames.length);
        nodeNames.forEach((node, index) => {
            const { inputs } = find(agent(node));
            expect([inputs.name, inputs.hostname]).toEqual([node, node]);
            expect(inputs.networksAdvanced).toEqual([
                { name: "consul", ipv4Address: addresses[index] },
            ]);
            expect(words(find(agent(node)), "-advertise=")).toEqual([
                `-advertise=${addresses[index] ?? ""}`,
            ]);
            expect(find(`Volume consul-${node}-data`).inputs.name).toBe(`consul-data-${node}`);
        });
        expect(find("Network consul-shared-network").inputs).toMatchObject({
            name: "consul",
            ipamConfigs: [{ subnet: defaultNodeSubnet, gateway: "172.29.0.1" }],
        });
    });

    test("joins by name, behind the one server that is told how many to expect", async () => {
        const { find } = await declareShared();

        const [one, two, three] = serverNames.map((name) => `-retry-join=${name}`);
        expect(nodeNames.map((node) => words(find(agent(node)), "-retry-join="))).toEqual([
            [],
            [one],
            [one, two],
            [one, two, three],
            [one, two, three],
        ]);
        expect(nodeNames.map((node) => words(find(agent(node)), "-bootstrap-expect="))).toEqual([
            ["-bootstrap-expect=3"],
            [],
            [],
            [],
            [],
        ]);
        const waited = nodeNames.map((node) =>
            find(agent(node)).dependsOn.filter((key) => /-(agent|ready)$/.test(key)),
        );
        const behindServers = ["Command consul-server-3-ready", agent("server-1")];
        expect(waited).toEqual([
            [],
            ["Command consul-server-1-ready", agent("server-1")],
            ["Command consul-server-2-ready", agent("server-1")],
            behindServers,
            ["Command consul-client-1-ready", ...behindServers],
        ]);
    });

    test("asks the first server about every node, for none of the others is reached", async () => {
        const { find } = await declareShared();

        const gate = find("Command consul-server-2-ready");
        const others = { "server-1": httpAddress, "server-3": httpAddress };
        const log = {
            store: ".state/machines/mocked",
            machine: "dev-machine",
            container: "server-2",
        };
        expect(gate.inputs.create).toBe("agent seen");
        expect(requestOf(gate)).toEqual({
            nodeName: "server-2",
            role: "server",
            httpAddress,
            askThrough: "server-1",
            servers: others,
            log,
            reloadable: { file: "/consul-machines/reloadable.json", config: {} },
        });
        expect(requestOf(find("Command consul-server-2-agent-clearance"))).toMatchObject({
            httpAddress,
            askThrough: "server-1",
        });
        const member = find("Command consul-server-2-member");
        expect(member.inputs.delete).toBe("member withdraw");
        expect(requestOf(member)).toEqual({
            nodeName: "server-2",
            role: "server",
            httpAddress,
            askThrough: "server-1",
            servers: others,
            agent: log,
            owner: "consul-machines/dev",
        });
        expect(requestOf(find("Command consul-store"))).toMatchObject({
            machines: ["dev-machine", ...nodeNames.map((node) => `dev-machine/${node}`).sort()],
        });
    });

    test("tells where it is reached, and where each node is inside", async () => {
        const { cluster } = await declareShared();

        expect(cluster.uiUrl && (await valueOf(cluster.uiUrl))).toBe(`${httpAddress}/ui/`);
        expect(await valueOf(cluster.dnsAddress)).toBe(`${machineAddress}:8600`);
        const told = await valueOf(pulumi.output(cluster.nodes["client-1"]));
        expect(told).toEqual({
            role: "client",
            address: containerAddress(defaultNodeSubnet, "client-1"),
            httpAddress,
            machine: "dev-machine",
        });
    });
});

test("no node's container changes when others come and go", async () => {
    const few = await declareShared("generic", { clients: [] });
    const many = await declareShared("generic", {
        servers: named([...serverNames, "server-4"]),
        clients: named(["early", ...clientNames]),
    });

    // What was recorded at first stays: here all that differs with the size is the expectation.
    const stable = ({ inputs }: Declared) => ({
        ...inputs,
        command: (inputs.command as string[]).filter((word) => !word.includes("-bootstrap-expect")),
    });
    for (const node of serverNames) {
        expect(stable(many.find(agent(node)))).toEqual(stable(few.find(agent(node))));
    }
});

test("what does not go with one machine is refused before anything is declared, all at once", async () => {
    const over = {
        join: ["10.9.9.1"],
        nodeSubnet: "172.29.1.0/16",
        servers: [{ name: "a", machine: machines.virtualbox() }],
        clients: [{ name: "machine" }],
    };
    let message = "";
    const { declared } = await declare(() => {
        try {
            new ConsulCluster("consul", sharedArgs("generic", over));
        } catch (error) {
            message = error instanceof Error ? error.message : "";
        }
    });

    expect(message.split("\n  ")).toEqual([
        "Invalid arguments:",
        'join: got ["10.9.9.1"]; nodes that share a machine advertise addresses inside it, which ' +
            "no other machine reaches; give each node a machine of its own.",
        "a: machine: the cluster states one machine for all nodes; leave one of the two out.",
        'name: got "machine"; the name of the machine that all nodes share.',
        'nodeSubnet: got "172.29.1.0/16"; an IPv4 network of 12 to 24 bits, such as 172.29.0.0/16.',
    ]);
    expect(keysOf(declared)).toEqual(["ConsulCluster consul"]);
});
