import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { nodeLabel, ownerLabel } from "../../scripts/protocol/labels.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import { goesWith, ofGeneration } from "../machine/dockerMachine.ts";
import { replaceLeftOver } from "../machine/leftOver.ts";
import { imageOnMachine } from "../machine/machineImage.ts";
import type { ConsulNode } from "./consulNode.ts";

/** A port that others reach on the machine's address. */
export interface PublishedPort {
    /** Port inside the container. */
    readonly internal: number;
    /** Port on the machine. @default the one inside */
    readonly external?: number;
    /** Transport protocol. @default "tcp" */
    readonly protocol?: "tcp" | "udp";
}

/** A container beside a node's agent. What is not named here is as `docker.Container` takes it. */
export interface MachineContainerArgs extends Omit<
    docker.ContainerArgs,
    "name" | "image" | "ports" | "envs" | "labels"
> {
    /** The node on whose machine it runs. The container starts once its cluster is ready. */
    readonly node: ConsulNode;
    /** Its name on that machine. Changing it replaces the container. */
    readonly containerName: string;
    /** The image. Changing it replaces the container. */
    readonly image: AgentImage;
    /** Ports to bind to the machine's address, and to no other. @default none */
    readonly publish?: readonly PublishedPort[];
    /** Environment variables. @default none */
    readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
    /** Labels. @default none but ours */
    readonly labels?: Readonly<Record<string, string>>;
    /** What else it starts after, and is removed before. @default nothing */
    readonly startAfter?: readonly pulumi.Resource[];
}

/** Default of the seconds that a container may take to stop. */
const stopSeconds = 10;

/** A container on a node's machine: it starts behind the node's agent, and is gone with the machine. */
export class MachineContainer extends pulumi.ComponentResource {
    /** The container. */
    public readonly container: docker.Container;
    /** Where others reach its published ports: the machine's address. */
    public readonly address: pulumi.Output<string>;

    constructor(name: string, args: MachineContainerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:MachineContainer", name, {}, opts);
        const { node, containerName, image, publish = [], ...others } = args;
        const { environment, labels, startAfter = [], ...rest } = others;
        const { machine, provider } = node;
        const own = ofGeneration(name, node.generation);
        this.address = node.address;
        const loaded = imageOnMachine(`${own}-image`, image, node, this);
        this.container = new docker.Container(
            `${own}-container`,
            {
                restart: "unless-stopped",
                // Without it the container would be killed at once.
                destroyGraceSeconds: stopSeconds,
                ...rest,
                name: containerName,
                image: image.reference,
                ports: publish.map(({ internal, external = internal, protocol = "tcp" }) => {
                    return { internal, external, protocol, ip: node.address };
                }),
                envs: pulumi
                    .all(environment ?? {})
                    .apply((all) => asList(all).map(([key, value]) => `${key}=${value}`)),
                labels: asList({
                    ...labels,
                    [ownerLabel]: machine.store.owner,
                    [nodeLabel]: node.nodeName,
                }).map(([label, value]) => ({ label, value })),
            },
            {
                parent: this,
                provider,
                dependsOn: [loaded, ...node.gates, ...startAfter],
                ...goesWith(machine.command),
                hooks: { onError: [replaceLeftOver(own, machine)] },
            },
        );
        this.registerOutputs({ address: this.address });
    }
}

/** Sorted, so that their order replaces no container. */
function asList(map: Readonly<Record<string, string>>): [string, string][] {
    return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
