import type * as pulumi from "@pulumi/pulumi";
import type { Adoption } from "../../scripts/protocol/adoption.ts";
import type { JoinBundle, Rotation, Security } from "../../scripts/protocol/security.ts";
import type { JsonObject } from "../agent/agentConfig.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import { imageContractOf } from "../agent/imageContracts.ts";
import type { Role } from "../agent/ports.ts";
import type { EngineSettings } from "../machine/engineSettings.ts";
import type { LabHostArgs } from "../machine/labHost.ts";
import type { MachineArgs } from "../machine/machineArgs.ts";
import type { MachineStoreArgs } from "../machine/machineStore.ts";
import type { Registries } from "../machine/registries.ts";
import type { Files, RoleFiles } from "../node/broughtFiles.ts";
import type { AgentSettings } from "../node/nodeArgs.ts";
import type { ServiceArgs } from "../node/serviceArgs.ts";
import type { RolloutArgs } from "./rollout.ts";

/** A machine that is a container on this computer. */
export interface LabMachineSpec {
    readonly driver: "lab";
    /** Its fixed address, inside the lab's subnet. */
    readonly address: string;
}

/** A node of a cluster that has one machine for all of them. */
export interface SharedNodeArgs {
    /** Name in the cluster, and of its container: lowercase letters, digits and dashes. */
    readonly name: string;
    /** Extra configuration of this node's agent, merged over that of all nodes and of its role. What a running agent
     * reloads is changed in place, all else replaces its container. @default none */
    readonly agentConfig?: JsonObject | undefined;
    /** Files in its agent's container, besides those of all nodes and of its role: one of the same path takes its place.
     * @default none */
    readonly files?: Files | undefined;
}

/** A node of a cluster that has a machine for each. */
export interface NodeArgs extends SharedNodeArgs {
    /** The machine that it runs on. */
    readonly machine: MachineArgs | LabMachineSpec;
    /** Counts its machines: the next one replaces a machine that is lost, without asking that one for
     * anything. A machine that still answers is replaced by changing its arguments instead.
     * @default 1 */
    readonly generation?: number | undefined;
    /** The image of its agent, where it differs from the cluster's: as for a machine with another CPU. Changing it replaces
     * its container; data stay. @default the cluster's */
    readonly image?: AgentImage | undefined;
    /** Services on its machine, registered with its agent, beside those of all nodes of its role. Changing them replaces
     * nothing. @default none */
    readonly services?: readonly ServiceArgs<pulumi.Input<string>>[] | undefined;
    /** A container on its host that somebody has made by hand and that runs Consul: the node takes its place when it is made,
     * with its data and identity. For existing hosts and open clusters alone. Once it is done, it changes nothing, nor
     * does leaving it out. @default none */
    readonly adopt?: Adoption | undefined;
    /** What its machine's engine is told: it wins over `engine` of the cluster, key by key. @default that of the cluster */
    readonly engine?: EngineSettings | undefined;
    /** Whether its machine's engine is known to run with that already, or to be made with it: then nothing of the node waits
     * for a restart of it. @default false */
    readonly engineSettled?: boolean | undefined;
    /** Why its machine is provisioned again, once for each text; its engine restarts.
     * @default never */
    readonly provision?: string | undefined;
    /** Whether its machine does not answer: this run connects to it for nothing, and fails where something
     * on it has to change. @default false */
    readonly unreachable?: boolean | undefined;
}

/** A cluster: a machine for each node, or one for all. */
export type ConsulClusterArgs = ClusterArgs & (SeparateMachines | OneMachine);

/** The nodes of a cluster. */
export interface NodeLists<Node> {
    /** The servers, in the order in which they start and change; the first one bootstraps. */
    readonly servers: readonly Node[];
    /** The client agents. @default none */
    readonly clients?: readonly Node[];
}

/** Each node has a machine of its own, whose address it advertises. */
export interface SeparateMachines extends NodeLists<NodeArgs> {
    readonly machine?: undefined;
    readonly provision?: undefined;
    readonly nodeSubnet?: undefined;
}

/**
 * All nodes share one machine, for a cluster to try things on: it tolerates the failure of a
 * container, and not that of its machine. On a network of their own they join one another by name.
 * Only the first server is reached from outside, on the machine's address: the HTTP API with the web
 * UI, and DNS. It stays the first; a cluster without it is another cluster.
 */
export interface OneMachine extends NodeLists<SharedNodeArgs> {
    /** The machine. Any change replaces it and everything on it. */
    readonly machine: MachineArgs | LabMachineSpec;
    /** Why the machine is provisioned again, once for each text; its engine restarts.
     * @default never */
    readonly provision?: string | undefined;
    /** Whether its machine does not answer: this run connects to it for nothing, and fails where something
     * on it has to change. @default false */
    readonly unreachable?: boolean | undefined;
    /** The nodes' network inside the machine. Changing it replaces every container.
     * @default "172.29.0.0/16" */
    readonly nodeSubnet?: string | undefined;
}

/** The arguments of every cluster. */
export interface ClusterArgs extends AgentSettings, RoleFiles {
    /** Where docker-machine keeps the machines. */
    readonly store: MachineStoreArgs;
    /** Extra configuration of the servers, merged over `agentConfig`. What a running agent reloads is changed in place, all
     * else replaces the servers' containers, one after another. @default none */
    readonly serverConfig?: JsonObject | undefined;
    /** Extra configuration of the client agents, merged over `agentConfig`; it touches no server. @default none */
    readonly clientConfig?: JsonObject | undefined;
    /** The lab machines' network; needed where a node's machine is of the driver `lab`. */
    readonly lab?: Omit<LabHostArgs, "store"> | undefined;
    /** What the machines' engines are told: mirrors, a proxy, a logging driver. A change restarts them, one server after
     * another. @default nothing besides what docker-machine tells them */
    readonly engine?: EngineSettings | undefined;
    /** Logins to registries, by which the machines' images are pulled. Changing them replaces nothing. @default none */
    readonly registries?: Registries | undefined;
    /** Addresses of servers of another stack, whose open cluster the nodes join. @default none */
    readonly join?: readonly string[] | undefined;
    /** A secured cluster that the nodes join: what its stack has as the secret `joinBundle`, an output of
     * {@link ConsulCluster.joinBundle}. It holds secrets of that cluster; docs/security.md says what they allow. Datacenter
     * and domain have to be those of that cluster. @default the cluster is this one's */
    readonly joinCluster?: pulumi.Input<JoinBundle> | undefined;
    /** Services on the machine of every server, each registered with the agent there. Changing them replaces nothing.
     * @default none */
    readonly serverServices?: readonly ServiceArgs<pulumi.Input<string>>[] | undefined;
    /** Services on the machine of every client, in the same way. @default none */
    readonly clientServices?: readonly ServiceArgs<pulumi.Input<string>>[] | undefined;
    /** Nodes that are declared no longer, and whose machine does not answer: this run removes what is recorded of
     * them without connecting to it. @default none */
    readonly departed?: readonly DepartedNode[] | undefined;
    /** How far the cluster is secured: `full` with gossip encryption, TLS and ACLs, or `open` with none of
     * them. An open cluster that is declared `full` is secured while it runs, and never becomes open again; one
     * that was made open needs it stated. One whose image is progrium's, or that joins another stack's by
     * addresses, has to be open. @default "full" */
    readonly security?: Security | undefined;
    /** The CA that signs the agents' certificates, of a secured cluster. Another one takes its place while the cluster
     * runs, and so does one that was made here, in the place of one that is left out. @default one is made, and kept in
     * the state */
    readonly authority?: AuthorityArgs | undefined;
    /** In which steps a change goes through the cluster, and before which node it stops. @default a fifth of the clients at a
     * time, and no stop */
    readonly rollout?: RolloutArgs | undefined;
    /** The gossip key of a secured cluster: base64 of 16, 24 or 32 bytes. Another one takes its place while the cluster runs,
     * and so does a derived one, in the place of one that is left out. It is kept as a secret, however it is given.
     * @default one is derived from the cluster's seed */
    readonly gossipKey?: pulumi.Input<string> | undefined;
    /** How many times each secret of a secured cluster was replaced, counted from 1: a higher number replaces it
     * while the cluster runs. @default 1 of each */
    readonly rotate?: Partial<Rotation> | undefined;
}

/** A CA that is brought: a root, or one below a root. Agents trust that CA alone, and nothing else that is signed by
 * those above it. */
export interface AuthorityArgs {
    /** Its certificate, and behind it those of the CAs above it, PEM, each signed by the next one. The root may be left
     * out. */
    readonly certificate: string;
    /** Its private key, PEM without a passphrase: EC P-256 or P-384, or RSA of at least 2048 bits. It is kept as a secret,
     * however it is given. */
    readonly key: pulumi.Input<string>;
}

/** A node whose machine is lost, as it was declared. */
export interface DepartedNode {
    /** Its name in the cluster. */
    readonly name: string;
    /** Which of its machines was lost, counted from 1. */
    readonly generation: number;
}

/** What a cluster reports of one of its nodes. */
export interface NodeOutputs {
    readonly role: Role;
    /** The address that it advertises: its machine's, or where nodes share one, its own inside. */
    readonly address: pulumi.Output<string>;
    /** Its API over HTTP, or over HTTPS in a secured cluster; or, where nodes share a machine, the API of the one that is reached. */
    readonly httpAddress: pulumi.Output<string>;
    readonly machine: string;
    /** Its API where machines reach it. @default the same */
    readonly peerHttpAddress?: pulumi.Output<string>;
}

/** All nodes of a cluster, servers first. */
export function nodesOf({
    servers,
    clients = [],
}: ConsulClusterArgs): (NodeArgs | SharedNodeArgs)[] {
    return [...servers, ...clients];
}

/** Whether a node's machine is a container on this computer. */
export function isLab(machine: NodeArgs["machine"]): machine is LabMachineSpec {
    return machine.driver === "lab" && !("options" in machine);
}

/** What the image of a cluster asks for. @throws RangeError for progrium's image in a secured cluster. */
export function contractOf(args: ClusterArgs): ImageContract {
    return imageContractOf(args.imageFlavour, securityOf(args), args);
}

/** How far a cluster is secured. */
export function securityOf({ security = "full" }: Pick<ClusterArgs, "security">): Security {
    return security;
}
