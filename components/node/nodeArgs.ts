import type * as pulumi from "@pulumi/pulumi";
import type { Adoption } from "../../scripts/protocol/adoption.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { JsonObject, TlsSettings } from "../agent/agentConfig.ts";
import type { ConfigLayer } from "../agent/layeredConfig.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import type { Role } from "../agent/ports.ts";
import type { PortSettings } from "../agent/portSettings.ts";
import type { DockerMachineArgs } from "../machine/dockerMachine.ts";
import type { SharedMachine } from "../machine/sharedMachine.ts";
import type { AgentTrials } from "./agentTrials.ts";
import type { ContainerSettings } from "./containerSettings.ts";
import type { BroughtFilesArgs } from "./broughtFiles.ts";
import type { AgentSecurity } from "./nodeSecurity.ts";
import type { SecretArgs } from "./secretArgs.ts";

/** How the agents of one cluster run: the same for each of its nodes. */
export interface AgentSettings extends PortSettings, BroughtFilesArgs, SecretArgs {
    /** Datacenter of the cluster. Changing it replaces every container. */
    readonly datacenter: string;
    /** The image. Changing it replaces every container, one server after another; data stay. */
    readonly image: AgentImage;
    /** The version of Consul to which the agents may be changed although it is older than the one that runs, or later by
     * more than Consul's own instructions take in one step; of any other such image the change is refused. Changing it
     * changes nothing by itself. @default none */
    readonly allowVersion?: string | undefined;
    /** Whose contract the image keeps: which arguments, ports and configuration it is given. A
     * cluster cannot be changed from one to the other: neither reads the other's data. Nodes of
     * progrium's image share no machine. @default "official" */
    readonly imageFlavour?: ImageFlavour | undefined;
    /** Resolvers for names outside Consul's domain. @default none: such names are refused */
    readonly recursors?: readonly string[] | undefined;
    /** Extra agent configuration, merged over ours. What a running agent reloads is changed in place,
     * all else replaces the container. @default none */
    readonly agentConfig?: JsonObject | undefined;
    /** How the agents speak TLS; in a secured cluster alone. @default TLS 1.2 or later, and callers show no certificate */
    readonly tls?: TlsSettings | undefined;
    /** Extra environment of the agents' containers. @default none */
    readonly environment?: Readonly<Record<string, string>> | undefined;
    /** Extra labels of the agents' containers. @default none */
    readonly labels?: Readonly<Record<string, string>> | undefined;
    /** How the agents' containers are run: memory, open files, logs, names. @default with a bounded log, no other limit */
    readonly container?: ContainerSettings | undefined;
    /** Folder for the snapshots that are taken before a server is replaced, relative to the
     * project. @default none are taken */
    readonly snapshots?: string | undefined;
}

/** One node: a machine of its own or a shared one, and the agent on it. */
export type ConsulNodeArgs = NodeAgentArgs & (DockerMachineArgs | OnSharedMachine);

/** The machine of a node that shares it with others. */
export interface OnSharedMachine {
    /** The machine. Another one replaces the node. */
    readonly sharedMachine: SharedMachine;
}

/** The agent of a node. */
export interface NodeAgentArgs {
    /** The node's name in the cluster, and its container's host name. Changing it replaces the
     * container; its peers would take the renamed node for another one with its identity. */
    readonly nodeName: string;
    /** Whether the agent is a server. Changing it replaces the container. */
    readonly role: Role;
    /** How the agents of its cluster run. */
    readonly agent: AgentSettings;
    /** Number of servers the first election waits for; for the bootstrap server alone. An expectation
     * of 1 is handed over by its gate, for that election only, and never in its arguments: see
     * {@link agentCommand}. */
    readonly bootstrapExpect?: pulumi.Input<number | undefined>;
    /** Addresses to join. */
    readonly join: pulumi.Input<pulumi.Input<string>[]>;
    /** HTTP addresses of the other servers, by name: the gate asks them about this node. */
    readonly otherServers: pulumi.Input<Record<string, string>>;
    /** The same of the servers that the cluster began with and that are still there: the files of a secured
     * cluster's agent are made with the gossip keys that one of them names. No server that comes later changes them,
     * so that a machine that does not answer is not asked for anything. @default all other servers */
    readonly firstServers?: pulumi.Input<Record<string, string>>;
    /** HTTP addresses of servers of another stack, whose cluster the node joins and which goes on without
     * this one. @default none */
    readonly externalServers?: pulumi.Input<readonly string[]> | undefined;
    /** Where agents reach those whose API this computer reaches elsewhere: their addresses, by the host of their API.
     * @default none: the host is the address */
    readonly peerAddresses?: pulumi.Input<Readonly<Record<string, string>>> | undefined;
    /** Names of the other servers that start after this one: the gate does not wait for one of them
     * that is down, because its turn comes later. @default none */
    readonly laterServers?: readonly string[];
    /** What the agent starts after. The machine does not wait for it. @default nothing */
    readonly startAfter?: readonly pulumi.Resource[];
    /** The gate of its cluster: what needs a leader waits for it. The gate waits for this node, never
     * the node for the gate. @default the node's own gate is enough */
    readonly clusterReady?: pulumi.Output<pulumi.Resource>;
    /** A container that somebody has made by hand, whose place the agent takes when it is made, with its data and identity.
     * Once that is done, it changes nothing. @default none */
    readonly adopt?: Adoption | undefined;
    /** The parts of its agent's configuration, by which errors name keys. @default all of it is `agentConfig` */
    readonly configLayers?: readonly ConfigLayer[] | undefined;
    /** The trials of its cluster's servers, which are tried together. @default it is tried by itself */
    readonly trials?: AgentTrials | undefined;
    /** What its agent is made with and asked by, in a secured cluster. @default the cluster is open */
    readonly secured?: AgentSecurity | undefined;
}
