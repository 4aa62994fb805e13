/**
 * What the Commands hand to their scripts, as JSON on standard input. Never a secret: Pulumi keeps
 * it in its state, and shows it in a diff.
 */
import type { ServiceDefinition } from "./serviceDefinition.ts";

/** The HTTP API of an agent that is older than today's: that of Consul 0.5. */
export type ApiVersion = "0.5";

/** Where a stack's machines are kept, and whose they are. */
export interface StoreRequest {
    /** docker-machine's store, relative to the project's folder. */
    readonly store: string;
    /** The docker-machine binary: a name on PATH or a path; by default the first one found. */
    readonly binary?: string | undefined;
    /** Who makes these machines, `project/stack`: nobody else's machine is ever touched. */
    readonly owner: string;
    /** Why the store's certificate authority is to be made anew. Once for each text. */
    readonly renewal?: string | undefined;
}

/** A store, and all that one program declares in it. */
export interface RosterRequest extends StoreRequest {
    /** The program's own name of the store: a stack may declare several clusters in one. */
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
    /**
     * Whether the host outlives its machine, as an existing host does: then what this stack ran
     * on it is removed by hand, for no virtual machine takes it along.
     */
    readonly hostRemains: boolean;
    /** Why it is to be provisioned again, as one does whose certificate lapses. Once for each text. */
    readonly provision?: string | undefined;
    /** Which machine of this name it is, counted from 1; absent for the first. */
    readonly generation?: number | undefined;
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

/** One node's agent, to be waited for. */
export interface AgentRequest {
    readonly nodeName: string;
    readonly role: "server" | "client";
    /** Where its HTTP API answers, for example `http://10.0.0.11:8500`. */
    readonly httpAddress: string;
    /** The node that answers there, where nodes share a machine: only that one is reached from
     * outside, and tells of the others. Absent where each node answers itself. */
    readonly askThrough?: string | undefined;
    /** Addresses of the other servers, by name: who must already know this one. */
    readonly servers: Readonly<Record<string, string>>;
    /** Those of the other servers that a run comes to after this one. @default none */
    readonly later?: readonly string[];
    /** Its container: there is its log, for the message of a failed wait. */
    readonly log: ContainerRef;
    /** The docker-machine binary, by which its host is reached: as in {@link StoreRequest}. */
    readonly binary?: string | undefined;
    /** The part of its configuration that it takes while it runs. */
    readonly reloadable: ReloadableRequest;
    /** For the server that its cluster began with: the file in its container by which it is told of
     * its first election. Absent for every other node. */
    readonly electionFile?: string | undefined;
    /** Which HTTP API answers. @default today's */
    readonly api?: ApiVersion | undefined;
}

/** A configuration that an agent reads again when it is told to. */
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
export interface ClearanceRequest {
    readonly nodeName: string;
    /** Where its HTTP API answers. */
    readonly httpAddress: string;
    /** The node that answers there, as in {@link AgentRequest}. */
    readonly askThrough?: string | undefined;
    /** Digest of what the container is made of: another one is what the clearance is for. */
    readonly container: string;
    /** Which HTTP API answers. @default today's */
    readonly api?: ApiVersion | undefined;
    /** Where a snapshot is taken first; absent where none is wanted. */
    readonly snapshots?: SnapshotPlace | undefined;
}

/** A node's place in the cluster. */
export interface MembershipRequest {
    readonly nodeName: string;
    readonly role: "server" | "client";
    /** Where its HTTP API answers. */
    readonly httpAddress: string;
    /** The node that answers there, as in {@link AgentRequest}. */
    readonly askThrough?: string | undefined;
    /** HTTP addresses of the other servers, by name. */
    readonly servers: Readonly<Record<string, string>>;
    /** HTTP addresses of servers of another stack, whose cluster the node has joined and which goes on
     * without this stack. Absent where there is none. */
    readonly joined?: readonly string[] | undefined;
    /** Its container, which must not be started again once it has left. */
    readonly agent: ContainerRef;
    /** Which HTTP API answers. @default today's */
    readonly api?: ApiVersion | undefined;
    /** Whose cluster it is, `project/stack`. */
    readonly owner: string;
    /** Where a snapshot is taken before a server is replaced; absent where none is wanted. */
    readonly snapshots?: SnapshotPlace | undefined;
    /** Which of the node's machines its agent is on, as in {@link MachineRequest}. */
    readonly generation?: number | undefined;
}

/** The whole cluster, about to be removed. */
export interface TeardownRequest {
    readonly store: string;
    readonly owner: string;
}

/** The whole cluster, to be waited for. */
export interface ClusterRequest {
    /** HTTP addresses of the servers, by name. */
    readonly servers: Readonly<Record<string, string>>;
    /** Names of the client agents. */
    readonly clients: readonly string[];
    /** HTTP address to ask where there is no server of our own: another stack's cluster. */
    readonly contact: string;
    /** Which HTTP API answers. @default today's */
    readonly api?: ApiVersion | undefined;
}

/** The services declared with one node. */
export interface ServicesRequest {
    readonly nodeName: string;
    /** Where its agent's HTTP API answers. */
    readonly httpAddress: string;
    /** Id of the agent's container: in a new one the services may have to be registered anew. */
    readonly container: string;
    readonly services: readonly ServiceDefinition[];
}

/** What a registrator that is removed has registered. */
export interface ForgetRequest {
    readonly nodeName: string;
    /** Where the HTTP API of its agent answers. */
    readonly httpAddress: string;
    /** How the ids of its services begin. */
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
    /** This computer's address in it. */
    readonly gateway: string;
    /** Whose it is, `project/stack`. */
    readonly owner: string;
}

/** The lab machine's image. */
export interface LabImageBuildRequest {
    /** Address of the Docker Engine that runs the lab machines. */
    readonly host: string;
    /** The image's tag, made from the content of its recipe: another recipe is another request. */
    readonly reference: string;
}
