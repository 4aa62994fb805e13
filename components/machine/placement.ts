import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { AgentImage } from "../agent/agentImage.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import { plainEndpoint, type PortRow } from "../agent/ports.ts";
import { DockerMachine, type DockerMachineArgs } from "./dockerMachine.ts";
import { imageOnMachine, type MachineEngine } from "./machineImage.ts";
import { machineProvider } from "./machineProvider.ts";

/** A machine that is ready for containers of agents. */
export interface AgentHost extends MachineEngine {
    /** The image on the machine; a container waits for it. */
    readonly image: pulumi.Resource;
}

/** Where a node's container runs, and how it is reached there. */
export interface Placement extends AgentHost {
    /** Name of the container, on this machine. */
    readonly containerName: string;
    /** Name of the volume, on this machine. */
    readonly volumeName: string;
    /** Name of the volume of its configuration, in a secured cluster. */
    readonly configVolumeName: string;
    /** What the agent advertises: where the others reach it. */
    readonly address: pulumi.Output<string>;
    /** By what the others join it: its address, or a name that their containers resolve. */
    readonly joinAddress: pulumi.Output<string>;
    /** HTTP API of this node where this computer reaches it; or of the one to ask about it, where this one publishes
     * none. */
    readonly httpAddress: pulumi.Output<string>;
    /** The same where the machines reach it. */
    readonly peerHttpAddress: pulumi.Output<string>;
    /** The networks that the container is on. @default the machine's own bridge */
    readonly networks?: docker.ContainerArgs["networksAdvanced"];
    /** The node of this machine that is reached from outside, and is asked about the others.
     * @default each node is reached by itself */
    readonly queryVia?: string | undefined;
    /** What the container publishes on the machine's address, according to its role. */
    readonly ports: readonly PortRow[];
}

/** Names on a machine that carries one node need no prefix. */
export const containerName = "consul";
export const volumeName = "consul-data";
export const configVolumeName = "consul-config";

/**
 * Declares a machine, the provider of its engine, and the agents' image on it.
 *
 * @param tell declares what tells the engine of a machine that is there something else than before, by a restart: whatever
 *     uses the engine comes behind it. @default nothing does
 */
export function agentHost(
    name: string,
    args: DockerMachineArgs,
    image: AgentImage,
    parent: pulumi.Resource,
    tell: (machine: DockerMachine) => readonly pulumi.Resource[] = () => [],
): AgentHost {
    const machine = new DockerMachine(`${name}-machine`, args, { parent });
    const told = tell(machine);
    const provider = machineProvider(name, machine, parent, { ...args, after: told });
    const engine = { machine, provider, told };
    return { ...engine, image: imageOnMachine(`${name}-image`, image, engine, parent) };
}

/**
 * Places a node on a machine that carries it alone: every port is bound to the machine's address, and
 * that address is advertised.
 *
 * @param contract that of its image.
 */
export function dedicatedPlacement(
    host: AgentHost,
    { ports, endpoint }: Pick<ImageContract, "ports" | "endpoint">,
): Placement {
    const { address, reach } = host.machine;
    return {
        ...host,
        containerName,
        volumeName,
        configVolumeName,
        address,
        joinAddress: address,
        httpAddress: httpAddressOf(reach, endpoint),
        peerHttpAddress: httpAddressOf(address, endpoint),
        ports,
    };
}

/** An agent's HTTP API at this address. */
export function httpAddressOf(
    address: pulumi.Input<string>,
    { scheme, port } = plainEndpoint,
): pulumi.Output<string> {
    return pulumi.interpolate`${scheme}://${address}:${port}`;
}
