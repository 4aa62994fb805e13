import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { flavourOf } from "../agent/imageContract.ts";
import { imageOnMachine, type AgentImage } from "../agent/agentImage.ts";
import { DockerMachine, machineProvider } from "./dockerMachine.ts";
import { httpAddressOf } from "./httpAddress.ts";
import type { MachineStore } from "./machineStore.ts";
import type { OnOwnMachine } from "../node/nodeArgs.ts";
import { bindPorts, type PortBinding, type Role } from "../agent/ports.ts";

/** Where a node's container runs, and how it is reached there. */
export interface NodePlace {
    readonly machine: DockerMachine;
    readonly store: MachineStore;
    /** Provider of the machine's engine. */
    readonly provider: docker.Provider;
    /** The image on the machine; the container waits for it. */
    readonly image: pulumi.Resource;
    /** Name of the container, on this machine. */
    readonly containerName: string;
    /** Name of the volume, on this machine. */
    readonly volumeName: string;
    /** What the agent advertises: where the others reach it. */
    readonly address: pulumi.Output<string>;
    /** By what the others join it: its address, or a name that their containers resolve. */
    readonly joinAddress: pulumi.Output<string>;
    /** HTTP API of this node; or of the one to ask about it, where this one publishes none. */
    readonly httpAddress: pulumi.Output<string>;
    /** The networks that the container is on. @default the machine's own bridge */
    readonly networks?: docker.ContainerArgs["networksAdvanced"];
    /** The node of this machine that is reached from outside, and is asked about the others.
     * @default each node is reached by itself */
    readonly askThrough?: string | undefined;
    /** What the container publishes, and where. */
    readonly bind: (
        role: Role,
        machineAddress: string,
        bridgeAddress: string | undefined,
    ) => PortBinding[];
}

/** Names on a machine that carries one node need no prefix. */
export const containerName = "consul";
export const volumeName = "consul-data";

/** Declares a machine that carries one node alone: every port is bound to its address, and that
 * address is advertised. */
export function placeOfItsOwn(
    name: string,
    args: OnOwnMachine & { readonly image: AgentImage },
    parent: pulumi.Resource,
): NodePlace {
    const machine = new DockerMachine(`${name}-machine`, args, { parent });
    const provider = machineProvider(`${name}-docker`, machine, parent);
    const image = imageOnMachine(
        `${name}-image`,
        { image: args.image, machine, store: args.store, provider },
        parent,
    );
    const { address } = machine;
    const { ports } = flavourOf(args.imageFlavour);
    return {
        machine,
        store: args.store,
        provider,
        image,
        containerName,
        volumeName,
        address,
        joinAddress: address,
        httpAddress: httpAddressOf(address),
        bind: (role, own, bridge) => bindPorts(role, own, bridge, ports),
    };
}
