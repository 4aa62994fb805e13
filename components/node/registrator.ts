import * as pulumi from "@pulumi/pulumi";
import type { ForgetRequest } from "../../scripts/protocol/requests.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import type { ConsulNode } from "./consulNode.ts";
import { goesWith } from "../machine/dockerMachine.ts";
import { MachineContainer } from "./machineContainer.ts";
import { ofGeneration } from "./nodeNames.ts";
import { httpPort, ignoreLabel } from "../agent/ports.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";

/** What registers a machine's containers. */
export interface RegistratorArgs {
    /** The node whose machine is watched, and with whose agent its containers are registered. */
    readonly node: ConsulNode;
    /** An image of gliderlabs/registrator 7, for example `gliderlabs/registrator:v7`, or one that
     * takes the same arguments. Changing it replaces the container. */
    readonly image: AgentImage;
    /** Seconds between two rounds in which everything is registered again, for an agent that lost
     * its data, and what has vanished unseen is taken out. Each round starts the checks anew: it
     * should not be shorter than their intervals. @default {@link defaultResync} */
    readonly resyncSeconds?: number;
    /** Whether only containers are registered that have a label or variable `SERVICE_NAME`.
     * @default false: every container that publishes a port */
    readonly explicit?: boolean;
    /** Tags that every service gets. @default none */
    readonly tags?: readonly string[];
}

/** Seconds between two rounds where nothing else is said. */
export const defaultResync = 30;

/** Its name on the machine. */
const containerName = "registrator";

/** What a registrator needs to be told. */
export interface RegistratorFlags extends Pick<RegistratorArgs, "explicit" | "tags"> {
    /** The machine's address: where its services are, and its agent. */
    readonly address: string;
    readonly resyncSeconds: number;
}

/** The arguments of a registrator's container. */
export function registratorCommand({
    address,
    resyncSeconds,
    explicit = false,
    tags = [],
}: RegistratorFlags): string[] {
    return [
        // Never its guess, which is an address inside the machine.
        `-ip=${address}`,
        "-cleanup",
        `-resync=${resyncSeconds}`,
        // Whatever its exit code was: a service that has ended is none.
        "-deregister=always",
        // By itself it would end when the agent is away at its start.
        "-retry-attempts=-1",
        "-retry-interval=1000",
        ...(explicit ? ["-explicit"] : []),
        ...(tags.length > 0 ? [`-tags=${tags.join(",")}`] : []),
        `consul://${address}:${httpPort}`,
    ];
}

/**
 * Registers the containers of a machine with the machine's own agent as they come, at the machine's
 * address, and takes them out as they go. When it is removed, so is what it registered.
 */
export class Registrator extends pulumi.ComponentResource {
    /** The container that watches. */
    public readonly watcher: MachineContainer;

    constructor(name: string, args: RegistratorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:Registrator", name, {}, opts);
        const { node, image, resyncSeconds = defaultResync } = args;
        if (!Number.isInteger(resyncSeconds) || resyncSeconds < 1) {
            const message = `${name}: resyncSeconds: got ${resyncSeconds}; whole seconds, at least 1`;
            throw new pulumi.ResourceError(message, this, true);
        }
        const { nodeName } = node;
        const request = node.httpAddress.apply((httpAddress): ForgetRequest => {
            return { nodeName, httpAddress, prefix: `${nodeName}:` };
        });
        // Behind the container when both are removed: what is gone cannot register anew.
        const forgotten = scriptCommand(
            `${ofGeneration(name, node.generation)}-forgotten`,
            { down: "services forget", request },
            { parent: this, dependsOn: [node.ready], ...goesWith(node.machine.command) },
        );
        this.watcher = new MachineContainer(
            name,
            {
                node,
                image,
                containerName,
                // It begins the ids of its services with it, and knows them again by that.
                hostname: nodeName,
                command: node.address.apply((address) =>
                    registratorCommand({ ...args, address, resyncSeconds }),
                ),
                volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/tmp/docker.sock" }],
                labels: { [ignoreLabel]: "true" },
                startAfter: [forgotten],
            },
            { parent: this },
        );
        this.registerOutputs();
    }
}
