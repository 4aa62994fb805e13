/**
 * What the Commands pass to their scripts, as JSON on standard input. Never a secret: Pulumi keeps it in
 * its state, and shows it in a diff.
 *
 * States of existing stacks hold these keys, and pass them when a resource is deleted; and a Command whose
 * standard input differs from its state runs again. So no key may be renamed, however it reads today.
 */
import type { EngineOptions } from "./engineOptions.ts";
import type { ServiceDefinition } from "./serviceDefinition.ts";

/** The version of an agent's HTTP API, where it is older than today's: that of Consul 0.5. */
export type ApiVersion = "0.5";

/** Where a stack's machines are kept, and whose they are. */
export interface StoreRequest {
    /** docker-machine's store, relative to the project's folder. */
    readonly store: string;
    /** The docker-machine binary: a name on PATH or a path; by default the first one found. */
    readonly binary?: string | undefined;
    /** The owner of these machines, `project/stack`: no other owner's machine is ever touched. */
    readonly owner: string;
    /** Why the store's CA is to be renewed: once for each text. @default it is not */
    readonly renewal?: string | undefined;
    /** Whether the stack's state keeps what another computer needs of the store. @default it does */
    readonly inState?: false | undefined;
}

/** A store, and all that one program declares in it. */
export interface RosterRequest extends StoreRequest {
    /** The name of what declares them: a stack may declare several clusters in one store. */
    readonly name: string;
    /** docker-machine's names of the machines; for a node that shares one, MACHINE/NODE as well. */
    readonly machines: readonly string[];
}

/** One machine. */
export interface MachineRequest extends StoreRequest {
    /** docker-machine's name of the machine. */
    readonly machine: string;
    /** docker-machine's driver. */
    readonly driver: string;
    /** The driver's flags of `docker-machine create`. */
    readonly flags: readonly string[];
    /** Whether the host outlives its machine, as an existing host does: what this stack ran on it is
     * then removed container by container. */
    readonly hostRemains: boolean;
    /** Why it is to be provisioned again, such as an expiring certificate: once for each text. */
    readonly provision?: string | undefined;
    /** Which machine of this name it is, counted from 1. @default 1 */
    readonly generation?: number | undefined;
    /** What its engine is told besides what docker-machine tells it by itself. @default nothing */
    readonly engine?: EngineOptions | undefined;
    /** The address that an existing host's node binds and advertises, where the flags name another one by which this
     * computer reaches the host. @default that of the flags */
    readonly address?: string | undefined;
}

/** A machine whose engine is told something, by a restart. */
export interface EngineRequest extends Pick<StoreRequest, "store" | "binary" | "owner"> {
    readonly machine: string;
    readonly engine: EngineOptions;
    /** The agent that restarts with it. @default several share it, none of which is asked */
    readonly agent?: AgentRequest | undefined;
}

/** An image archive to load onto a machine. */
export interface ImageRequest {
    readonly store: string;
    readonly machine: string;
    /** The archive (`docker save`), relative to the project's folder. */
    readonly archive: string;
    /** The tag inside the archive. */
    readonly source: string;
    /** The tag that the container uses, made from the archive's content. */
    readonly reference: string;
}

/** A folder of a machine that is to have the data of a node. */
export interface DataRequest extends Pick<StoreRequest, "store" | "binary" | "owner"> {
    readonly machine: string;
    readonly nodeName: string;
    /** Name of the volume that Docker mounts from there. */
    readonly volume: string;
    /** Its absolute path, of letters, digits, dots, underscores and dashes. */
    readonly folder: string;
}

/** A cluster, and how its agents are asked. */
export interface ClusterAccess {
    /** File with the rights to ask it, relative to the project's folder. @default it is open: its agents take no
     * tokens, and have no certificates */
    readonly access?: string | undefined;
}

/** A node, and how it is asked. */
export interface NodeRequest extends ClusterAccess {
    readonly nodeName: string;
    /** Where its API answers, for example `http://10.0.0.11:8500`, or `https://10.0.0.11:8501` of a secured
     * cluster. */
    readonly httpAddress: string;
    /** Name of the node that answers there, where nodes share a machine: only that one is reached from
     * outside, and reports about the others. @default the node itself */
    readonly askThrough?: string | undefined;
    /** Which HTTP API answers. @default today's */
    readonly api?: ApiVersion | undefined;
}

/** A node that is part of the cluster. */
export interface MemberRequest extends NodeRequest {
    readonly role: "server" | "client";
    /** HTTP addresses of the other servers, by name. */
    readonly servers: Readonly<Record<string, string>>;
}

/** A node whose agent is waited for. */
export interface AgentRequest extends MemberRequest {
    /** Names of the other servers that a run changes after this one. @default none */
    readonly later?: readonly string[];
    /** HTTPS addresses of the servers of another stack's secured cluster that the node joins. @default it joins none, or
     * its container's arguments name them */
    readonly joined?: readonly string[] | undefined;
    /** Where agents reach those whose API this computer reaches elsewhere: their addresses, by the host of their API.
     * @default none: the host is the address */
    readonly peerAddresses?: Readonly<Record<string, string>> | undefined;
    /** Its container; its log is part of the message of a failed wait. */
    readonly log: ContainerRef;
    /** The docker-machine binary, by which its host is reached: as in {@link StoreRequest}. */
    readonly binary?: string | undefined;
    /** The part of its configuration that it reloads while it runs. */
    readonly reloadable: ReloadableRequest;
    /** For the server that its cluster began with: the file in its container that has it hold the first
     * election. Absent for every other node. */
    readonly electionFile?: string | undefined;
}

/** A configuration that an agent can reload. */
export interface ReloadableRequest {
    /** Its file in the container. */
    readonly file: string;
    readonly config: object;
}

/** A container on a machine. */
export interface ContainerRef {
    readonly store: string;
    readonly machine: string;
    readonly container: string;
}

/** Where snapshots of a cluster are kept. */
export interface SnapshotPlace {
    /** Relative to the project's folder. */
    readonly folder: string;
    /** The cluster's datacenter, which a snapshot's name begins with. */
    readonly datacenter: string;
}

/** A server whose container is about to be replaced. */
export interface ClearanceRequest extends NodeRequest {
    /** Digest of what the container is made of: another one is what the clearance is for. */
    readonly container: string;
    /** Where a snapshot is taken first. @default none is taken */
    readonly snapshots?: SnapshotPlace | undefined;
    /** Another server, by name and HTTP address, which is asked where the server itself does not respond: one that is
     * to be reached elsewhere from now on may not publish its API there yet. @default it is replaced as it is */
    readonly witness?: Readonly<Record<string, string>> | undefined;
}

/** A node that is to leave the cluster when it is removed. */
export interface MembershipRequest extends MemberRequest {
    /** HTTP addresses of servers of another stack, whose cluster the node has joined and which stays when
     * this stack is removed. @default none */
    readonly joined?: readonly string[] | undefined;
    /** Its container, which must not be started again once it has left. */
    readonly agent: ContainerRef;
    /** Whose cluster it is, `project/stack`. */
    readonly owner: string;
    /** Where a snapshot is taken before a server is replaced. @default none is taken */
    readonly snapshots?: SnapshotPlace | undefined;
    /** Which of the node's machines its agent is on, as in {@link MachineRequest}. */
    readonly generation?: number | undefined;
}

/** A cluster that is about to be removed. */
export type TeardownRequest = Pick<StoreRequest, "store" | "owner" | "inState">;

/** A cluster that is waited for. */
export interface ClusterRequest extends Pick<NodeRequest, "api" | "access"> {
    /** HTTP addresses of the servers, by name. */
    readonly servers: Readonly<Record<string, string>>;
    /** Names of the client agents. */
    readonly clients: readonly string[];
    /** HTTP address of a server to ask; another stack's where this one has none. */
    readonly contact: string;
    /** Name of the node that answers there. @default it is another stack's */
    readonly contactName?: string | undefined;
}

/** The services declared with one node. */
export interface ServicesRequest extends Pick<NodeRequest, "nodeName" | "httpAddress" | "access"> {
    /** Id of the agent's container: in a new one the services may have to be registered again. */
    readonly container: string;
    readonly services: readonly ServiceDefinition[];
    /** Counts the tokens with which they are registered: another one registers them again. @default they are
     * registered without one */
    readonly tokens?: number | undefined;
    /** The node that answers at this address, as in {@link NodeRequest}. @default the node itself */
    readonly askThrough?: string | undefined;
}

/** What a removed registrator has registered. */
export interface ForgetRequest extends Pick<NodeRequest, "nodeName" | "httpAddress" | "access"> {
    /** Prefix of the ids of its services. */
    readonly prefix: string;
}

/** The lab machines' SSH key. */
export interface LabKeyRequest {
    /** Private key file, relative to the project's folder. */
    readonly keyFile: string;
}

/** The network of the lab machines. */
export interface LabNetworkRequest {
    /** Socket of the Docker Engine that runs the lab machines. */
    readonly socketPath: string;
    /** The network's name. */
    readonly network: string;
    /** Its addresses, `10.89.7.0/24`. */
    readonly subnet: string;
    /** Address of this computer in it. */
    readonly gateway: string;
    /** Its owner, `project/stack`. */
    readonly owner: string;
}

/** The lab machine's image. */
export interface LabImageBuildRequest {
    /** Address of the Docker Engine that runs the lab machines. */
    readonly host: string;
    /** The image's tag, a digest of its recipe: another recipe is another request. */
    readonly reference: string;
}
