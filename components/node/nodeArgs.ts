import type * as pulumi from "@pulumi/pulumi";
import type { JsonObject } from "../agent/agentConfig.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import type { DockerMachineArgs } from "../machine/dockerMachine.ts";
import type { Role } from "../agent/ports.ts";
import type { SharedMachine } from "../machine/sharedMachine.ts";

/** One node: a machine, and the agent on it. */
export type ConsulNodeArgs = AgentArgs & (OnOwnMachine | OnSharedMachine);

/** The machine of a node that has it alone. */
export interface OnOwnMachine extends DockerMachineArgs {
    /** Whose contract the image keeps. Never to be changed: neither Consul reads the data of the
     * other. @default "official" */
    readonly imageFlavour?: ImageFlavour | undefined;
}

/** The machine of a node that shares it with others. */
export interface OnSharedMachine {
    /** The machine. Another one replaces the node. */
    readonly sharedMachine: SharedMachine;
    readonly imageFlavour?: undefined;
}

/** The agent of a node. */
export interface AgentArgs {
    /** The node's name in the cluster, and its container's host name. Changing it replaces the
     * container; its peers would take the renamed node for another one with its identity. */
    readonly nodeName: string;
    /** Whether the agent is a server. Changing it replaces the container. */
    readonly role: Role;
    /** Datacenter of the cluster. Changing it replaces the container. */
    readonly datacenter: string;
    /** The image. Changing it replaces the container; its data stay. */
    readonly image: AgentImage;
    /** Number of servers the first election waits for; for the bootstrap server alone. One that
     * waits for nobody else is told so by its gate, for that election only, and never by its
     * arguments: see {@link agentCommand}. */
    readonly bootstrapExpect?: pulumi.Input<number | undefined>;
    /** Addresses to join. */
    readonly join: pulumi.Input<pulumi.Input<string>[]>;
    /** The configuration that the agent starts with. Changing it replaces the container. */
    readonly config: JsonObject;
    /** The configuration that a running agent takes anew. Changing it touches no container.
     * @default none */
    readonly reloadable?: JsonObject;
    /** HTTP addresses of the other servers, by name: the gate asks them about this node. */
    readonly otherServers: pulumi.Input<Record<string, string>>;
    /** Addresses of servers of another stack, whose cluster the node joins and which goes on without
     * this one. @default none */
    readonly joined?: readonly string[] | undefined;
    /** Names of the other servers that start after this one: the gate does not wait for one of them
     * that is down, for its turn is to come. @default none */
    readonly laterServers?: readonly string[];
    /** Whether DNS is also bound to the machine's docker0 address on port 53. @default false */
    readonly dnsOnBridge?: boolean;
    /** Extra environment of the container. @default none */
    readonly environment?: Readonly<Record<string, string>>;
    /** Extra labels of the container. @default none */
    readonly labels?: Readonly<Record<string, string>>;
    /** Folder for the snapshots that are taken before a server is replaced, relative to the
     * project. @default none are taken */
    readonly snapshots?: string | undefined;
    /** What the agent starts after. The machine does not wait for it. @default nothing */
    readonly startAfter?: readonly pulumi.Resource[];
}
