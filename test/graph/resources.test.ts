import { describe, expect, test } from "vitest";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import {
    clusterArgs,
    declareCluster,
    keysOf,
    machines,
    nodeNames,
    plainCluster,
    requestOf,
    serverNames,
} from "../support/cluster.ts";

/** What each node is made of, whatever its machine is; a server is cleared for its changes, a client tried. */
function ofEachNode(image: string): string[] {
    return nodeNames.flatMap((node) => [
        `Command consul-${node}-agent-${serverNames.includes(node) ? "clearance" : "check"}`,
        `Command consul-${node}-machine`,
        `Command consul-${node}-member`,
        `Command consul-${node}-ready`,
        `ConsulNode consul-${node}`,
        `Container consul-${node}-agent`,
        `DockerMachine consul-${node}-machine`,
        `Provider consul-${node}-docker`,
        `${image} consul-${node}-image`,
        `Volume consul-${node}-data`,
    ]);
}

const ofTheCluster = [
    "Command consul-cluster-ready",
    "Command consul-formation",
    "Command consul-store",
    "Command consul-teardown",
    "ConsulCluster consul",
    "MachineStore consul-store",
];

const ofTheLab = [
    "Command consul-lab-image",
    "Command consul-lab-key",
    "Command consul-lab-network",
    "LabHost consul-lab",
    "Provider consul-lab-docker",
    ...nodeNames.flatMap((node) => [
        `Container consul-${node}-lab-host`,
        `LabMachine consul-${node}-lab`,
    ]),
];

const expected = {
    generic: [...ofTheCluster, ...ofEachNode("RemoteImage")].sort(),
    virtualbox: [...ofTheCluster, ...ofEachNode("RemoteImage")].sort(),
    lab: [...ofTheCluster, ...ofTheLab, ...ofEachNode("RemoteImage")].sort(),
};

describe.each(Object.keys(machines) as (keyof typeof machines)[])("on %s machines", (driver) => {
    test("a cluster is exactly these resources", async () => {
        const { declared } = await plainCluster(driver);

        expect(keysOf(declared)).toEqual(expected[driver]);
    });

    test("a preview, which knows no output yet, declares every one of them", async () => {
        const { declared } = await declareCluster(driver, {}, { preview: true });

        expect(keysOf(declared)).toEqual(expected[driver]);
    });
});

test("an image from an archive is loaded by a Command on each machine instead of pulled", async () => {
    const { declared, find } = await declareCluster("generic", {
        image: {
            kind: "archive",
            archive: "consul.tar",
            source: "consul:local",
            reference: "consul-machines/agent:0123456789abcdef",
        },
    });

    expect(keysOf(declared)).toEqual([...ofTheCluster, ...ofEachNode("Command")].sort());
    expect(requestOf(find("Command consul-server-2-image"))).toEqual({
        store: ".state/machines/mocked",
        machine: "dev-server-2",
        archive: "consul.tar",
        source: "consul:local",
        reference: "consul-machines/agent:0123456789abcdef",
    });
    expect(find("Container consul-server-2-agent").inputs.image).toBe(
        "consul-machines/agent:0123456789abcdef",
    );
    expect(find("Container consul-server-2-agent").dependsOn).toContain(
        "Command consul-server-2-image",
    );
});

test("two nodes of one name are refused by name", async () => {
    const { servers } = clusterArgs("generic");
    await expect(
        declareCluster("generic", { clients: servers.slice(2) as NodeArgs[] }),
    ).rejects.toThrow('Invalid arguments:\n  name: got "server-3"; another node has it.');
});

test("a lab machine without a lab is refused by name", async () => {
    const { lab, ...rest } = clusterArgs("lab");
    expect(lab).toEqual({ subnet: "10.0.0.0/24" });

    await expect(declareCluster("generic", { servers: rest.servers })).rejects.toThrow(
        'consul-server-1: a machine of the driver "lab" needs the argument "lab".',
    );
});

test("states of earlier versions know two resources by other names", async () => {
    const { declared } = await plainCluster("generic");

    const renamed = declared.filter(({ aliases }) => aliases.length > 0);
    expect(renamed.map(({ key, aliases }) => [key, ...aliases])).toEqual([
        ["Command consul-cluster-ready", "ConsulCluster consul > consul-whole"],
        ["Command consul-teardown", "ConsulCluster consul > consul-farewell"],
    ]);
});
