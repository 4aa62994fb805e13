import { describe, expect, test } from "vitest";
import { describePorts, type PortBinding } from "../../components/agent/ports.ts";
import {
    addresses,
    declareCluster,
    endpointOf,
    machines,
    nodeNames,
    plainCluster,
    requestOf,
    serverNames,
} from "../support/cluster.ts";

const serverPorts = [
    [8300, "tcp"],
    [8301, "tcp"],
    [8301, "udp"],
    [8302, "tcp"],
    [8302, "udp"],
    [8500, "tcp"],
    [8600, "tcp"],
    [8600, "udp"],
] as const;

const clientPorts = [
    [8301, "tcp"],
    [8301, "udp"],
    [8500, "tcp"],
    [8600, "tcp"],
    [8600, "udp"],
] as const;

/** Every port of a node, bound to one address. */
function bound(node: string) {
    const rows = serverNames.includes(node) ? serverPorts : clientPorts;
    return rows.map(([port, protocol]) => ({
        internal: port,
        external: port,
        ip: addresses[node],
        protocol,
    }));
}

describe.each(Object.keys(machines) as (keyof typeof machines)[])("on %s machines", (driver) => {
    test("what runs on a machine goes to that machine's engine and no other", async () => {
        const { find } = await plainCluster(driver);

        for (const node of nodeNames) {
            const provider = `Provider consul-${node}-docker`;
            const placed = [
                `Container consul-${node}-agent`,
                `Volume consul-${node}-data`,
                `RemoteImage consul-${node}-image`,
            ].map((key) => find(key).provider);
            expect(placed).toEqual([provider, provider, provider]);
            expect(find(provider).inputs).toEqual({
                host: endpointOf(node).endpoint,
                caMaterial: endpointOf(node).ca,
                certMaterial: endpointOf(node).cert,
                keyMaterial: endpointOf(node).key,
                context: "",
            });
            expect(find(provider).dependsOn).toEqual([`Command consul-${node}-machine`]);
        }
    });

    test("each port is bound to its own machine's address, by number and protocol", async () => {
        const { find } = await plainCluster(driver);

        const ports = nodeNames.map((node) => find(`Container consul-${node}-agent`).inputs.ports);
        expect(ports).toEqual(nodeNames.map(bound));
    });

    test("what lives on a machine is deleted and recreated with it", async () => {
        const { find } = await plainCluster(driver);

        for (const node of nodeNames) {
            const machine = `Command consul-${node}-machine`;
            const bound = [
                `RemoteImage consul-${node}-image`,
                `Container consul-${node}-agent`,
                `Command consul-${node}-ready`,
            ].map((key) => find(key));
            expect(bound.map((one) => one.deletedWith)).toEqual([machine, machine, machine]);
            expect(bound.map((one) => one.replaceWith)).toEqual([[machine], [machine], [machine]]);
            expect(bound.map((one) => one.deleteBeforeReplace)).toEqual([true, true, true]);
        }
    });

    test("a volume goes with its machine, by an edge that puts it behind its container", async () => {
        const { find } = await plainCluster(driver);

        for (const node of nodeNames) {
            const volume = find(`Volume consul-${node}-data`);
            const machine = `Command consul-${node}-machine`;
            expect(volume.deletedWith).toBe(machine);
            expect(volume.deleteBeforeReplace).toBe(true);
            expect(volume.propertyDependsOn.name).toEqual([machine]);
            expect(volume.inputs.name).toBe("consul-data");
        }
    });

    test("no argument of a container comes from another node's machine", async () => {
        const { find } = await plainCluster(driver);

        for (const node of nodeNames) {
            const { propertyDependsOn } = find(`Container consul-${node}-agent`);
            const machines = Object.values(propertyDependsOn)
                .flat()
                .filter((key) => /-(machine|host|agent|ready)$/.test(key));
            const own = [`Command consul-${node}-machine`, `Container consul-${node}-lab-host`];
            expect(machines.filter((key) => !own.includes(key))).toEqual([]);
        }
    });
});

test("DNS is bound to the machine's bridge on port 53 when it is asked for", async () => {
    const { find } = await declareCluster("virtualbox", { dnsOnBridge: true });

    for (const node of nodeNames) {
        const agent = find(`Container consul-${node}-agent`);
        const ip = endpointOf(node).bridgeAddress;
        expect(agent.inputs.ports).toEqual(
            bound(node).flatMap((row) =>
                row.external === 8600 ? [row, { ...row, external: 53, ip }] : [row],
            ),
        );
        // The engine reports the two bindings of a port in any order: a label stands in for them.
        expect(agent.ignoreChanges).toContain("ports");
        expect(agent.inputs.labels).toContainEqual({
            label: "consul-machines.ports",
            value: describePorts(agent.inputs.ports as PortBinding[]),
        });
    }
});

test("the lab's containers go to this computer's engine, each with its fixed address", async () => {
    const { find } = await declareCluster("lab", {
        lab: { subnet: "10.0.0.0/24", dockerHost: "unix:///run/other.sock" },
    });

    const provider = "Provider consul-lab-docker";
    expect(find(provider).inputs).toEqual({ host: "unix:///run/other.sock", context: "" });
    const network = {
        socketPath: "/run/other.sock",
        network: "consul-machines-dev",
        subnet: "10.0.0.0/24",
        gateway: "10.0.0.1",
        owner: "consul-machines/dev",
    };
    const networkCommand = find("Command consul-lab-network");
    expect(requestOf(networkCommand)).toEqual(network);
    // Another of these is another network, and other machines on it.
    expect(networkCommand.inputs.triggers).toEqual(Object.values(network));
    for (const node of nodeNames) {
        const host = find(`Container consul-${node}-lab-host`);
        expect(host.provider).toBe(provider);
        expect(host.deleteBeforeReplace).toBe(true);
        expect(host.inputs).toMatchObject({
            name: `consul-machines-dev-${node}`,
            hostname: `dev-${node}`,
            networksAdvanced: [{ name: "consul-machines-dev", ipv4Address: addresses[node] }],
            envs: ["LAB_AUTHORIZED_KEYS=ssh-ed25519 AAAA consul-machines lab"],
            labels: [
                { label: "consul-machines.lab", value: "machine" },
                { label: "consul-machines.owner", value: "consul-machines/dev" },
            ],
        });
    }
});

test("a name that is taken by a left-over is freed by a hook, where names can clash", async () => {
    const { declared } = await plainCluster("lab");

    const hooked = declared.filter(({ errorHooks }) => errorHooks.length > 0);
    expect(hooked.map(({ key, errorHooks }) => [key, ...errorHooks])).toEqual(
        [
            ...nodeNames.flatMap((node) => [
                [`Container consul-${node}-agent`, `consul-${node}-agent-left-over`],
                [`Container consul-${node}-lab-host`, `consul-${node}-lab-left-over`],
            ]),
        ].sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    );
});
