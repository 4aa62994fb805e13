import * as pulumi from "@pulumi/pulumi";
import type { ForgetRequest } from "../../scripts/protocol/requests.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import { httpPort, ignoreLabel } from "../agent/ports.ts";
import { goesWith, ofGeneration } from "../machine/dockerMachine.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import type { ConsulNode } from "./consulNode.ts";
import { MachineContainer, type MachineContainerArgs } from "./machineContainer.ts";

/** What registers a machine's containers. */
export interface RegistratorArgs {
    /** The node whose machine is watched, and with whose agent its containers are registered. */
    readonly node: ConsulNode;
    /** An image of gliderlabs/registrator 7, for example `gliderlabs/registrator:v7`, or one that
     * takes the same arguments. Changing it replaces the container. */
    readonly image: AgentImage;
    /** Seconds between two rounds in which everything is registered again, for an agent that lost
     * its data, and what has vanished unnoticed is removed. Each round restarts the checks: it should
     * not be shorter than their intervals. @default {@link defaultResync} */
    readonly resyncSeconds?: number;
    /** Whether only containers are registered that have a label or variable `SERVICE_NAME`.
     * @default false: every container that publishes a port */
    readonly explicit?: boolean;
    /** Tags that every service gets. @default none */
    readonly tags?: readonly string[];
}

/** Default of the seconds between two rounds. */
export const defaultResync = 30;

/** Its name on the machine. */
const containerName = "registrator";

/** Where the CA's certificate is in its container, in a secured cluster. */
const authoritiesFile = "/consul-ca.pem";

/** Where the certificate by which it is let in is there, and the key, where its agent demands one. */
const clientFiles = { certificate: "/consul-client.pem", key: "/consul-client-key.pem" } as const;

/** What a registrator is told on its command line. */
export interface RegistratorFlags extends Pick<RegistratorArgs, "explicit" | "tags"> {
    /** The machine's address: where its services are. */
    readonly address: string;
    /** Where its agent is: `consul://HOST:PORT`, or `consul-tls://HOST:PORT` in a secured cluster. */
    readonly agent: string;
    readonly resyncSeconds: number;
}

/** Where the registrator of a node finds that node's agent, in its own words. */
function agentOf(node: ConsulNode): pulumi.Output<string> {
    const { address, peerHttpAddress, secured, askThrough } = node;
    if (secured === undefined && askThrough !== undefined) {
        // Its own address inside of a machine that it shares, where Consul has its own number.
        return pulumi.interpolate`consul://${address}:${httpPort}`;
    }
    return peerHttpAddress.apply((api) =>
        api.replace(/^https:/, "consul-tls:").replace(/^http:/, "consul:"),
    );
}

/**
 * By what it is let in to the agent of a secured cluster. It takes the token from its environment alone, where
 * whoever may use the machine's engine can read it, and is root there already. Another token, or another CA,
 * replaces its container.
 */
function accessOf({ secured }: ConsulNode): Pick<MachineContainerArgs, "environment" | "uploads"> {
    if (secured === undefined) {
        return {};
    }
    const { caCertificate, client, servicesToken } = secured;
    const environment = { CONSUL_CACERT: authoritiesFile, CONSUL_HTTP_TOKEN: servicesToken };
    const uploads = [{ file: authoritiesFile, content: caCertificate }];
    if (client === undefined) {
        return { environment, uploads };
    }
    const { certificate, key } = clientFiles;
    return {
        environment: { ...environment, CONSUL_TLSCERT: certificate, CONSUL_TLSKEY: key },
        uploads: [
            ...uploads,
            { file: certificate, content: client.certificate },
            { file: key, content: client.key },
        ],
    };
}

/** The arguments of a registrator's container. */
export function registratorCommand({
    address,
    agent,
    resyncSeconds,
    explicit = false,
    tags = [],
}: RegistratorFlags): string[] {
    return [
        // Otherwise it guesses an address inside the machine.
        `-ip=${address}`,
        "-cleanup",
        `-resync=${resyncSeconds}`,
        // A container that has ended is no service, whatever its exit code.
        "-deregister=always",
        // By default it ends when the agent is down at its start.
        "-retry-attempts=-1",
        "-retry-interval=1000",
        ...(explicit ? ["-explicit"] : []),
        ...(tags.length > 0 ? [`-tags=${tags.join(",")}`] : []),
        agent,
    ];
}

/**
 * Registers the containers of a machine with the machine's own agent as they start, at the machine's
 * address, and removes them as they stop. When it is removed, so is what it registered.
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
        const { nodeName, secured } = node;
        const rights = secured && { access: secured.access };
        const request = node.httpAddress.apply((httpAddress): ForgetRequest => {
            return { nodeName, httpAddress, prefix: `${nodeName}:`, ...rights };
        });
        // Removed behind the container, which could otherwise register again.
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
                // The ids of its services begin with it, and it recognizes them by that.
                hostname: nodeName,
                command: pulumi
                    .all([node.address, agentOf(node)])
                    .apply(([address, agent]) =>
                        registratorCommand({ ...args, address, agent, resyncSeconds }),
                    ),
                ...accessOf(node),
                volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/tmp/docker.sock" }],
                labels: { [ignoreLabel]: "true" },
                startAfter: [forgotten],
            },
            { parent: this },
        );
        this.registerOutputs();
    }
}
