import type { LogSign } from "./signs.ts";

/** A member of the gossip pool, as one agent sees it. */
export interface MemberFacts {
    readonly name: string;
    /** The address that it advertises. */
    readonly address: string;
    /** `alive`, `leaving`, `left` or `failed`; any other of serf's states is its number. */
    readonly status: string;
    readonly isServer: boolean;
    /** Its node id; undefined for an agent too old to say. */
    readonly id: string | undefined;
    /** How many servers it waits for; undefined where it waits for none. */
    readonly expect: number | undefined;
}

/** A server of Raft's configuration. */
export interface PeerFacts {
    readonly id: string;
    /** `ADDRESS:PORT`. */
    readonly address: string;
}

/** What an agent says of itself. */
export interface SelfFacts {
    readonly name: string;
    readonly id: string;
    readonly datacenter: string;
    readonly isServer: boolean;
    readonly advertised: string;
    /** How many servers its first election waits for; undefined where it opens none. */
    readonly expect: number | undefined;
    /** The addresses that it is to join. */
    readonly joins: readonly string[];
    /** Raft's configuration as this server has it; empty before the first election. */
    readonly peers: readonly PeerFacts[];
}

/** A server as autopilot sees it. */
export interface VoterFacts {
    readonly name: string;
    readonly isVoter: boolean;
}

/** A node as the catalog lists it. */
export interface CatalogFacts {
    readonly name: string;
    readonly id: string;
    /** Whether gossip watches it; a node that is not watched never becomes critical. */
    readonly isWatched: boolean;
}

/** What one agent answered. What it did not answer is undefined. */
export interface AgentFacts {
    readonly httpAddress: string;
    /** Why its HTTP API gives no answer at all. */
    readonly unreachable?: string | undefined;
    /** What it said when it refused to say who it is: a token is missing. */
    readonly refusal?: string | undefined;
    readonly self?: SelfFacts | undefined;
    readonly members: readonly MemberFacts[];
    /** The leader's `ADDRESS:PORT`, empty where it knows none. */
    readonly leader?: string | undefined;
    /** Autopilot's view; only a cluster with a leader has one. */
    readonly voters?: readonly VoterFacts[] | undefined;
    /** The catalog as this agent, or the server behind it, has it. */
    readonly catalog?: readonly CatalogFacts[] | undefined;
    /** Keys by the index of their last change, read from this server alone; a sample of them. */
    readonly keys?: Readonly<Record<string, number>> | undefined;
}

/** Why an engine does not answer. */
export interface EngineFailure {
    /** What fails: the `machine`, so that not even the host answers; only the `engine`; or `tls`, where both
     * answer and refuse each other's certificates. */
    readonly at: "machine" | "engine" | "tls";
    readonly text: string;
}

/** The certificates between this computer and an engine, PEM. */
export interface CertificateFacts {
    /** The one that the engine serves. */
    readonly server: string;
    /** The store's CA. */
    readonly ca: string;
    /** This computer's client certificate. */
    readonly client: string;
}

/** What was learned about a node's machine. */
export interface MachineFacts {
    /** Its name in docker-machine's store. */
    readonly name: string;
    /** docker-machine's store, as its option `--storage-path` takes it. */
    readonly store: string;
    /** Where its engine is asked, as docker-machine recorded it: `10.0.0.11`. */
    readonly host?: string | undefined;
    readonly failure?: EngineFailure | undefined;
    readonly certificates?: CertificateFacts | undefined;
    /** Version of its Docker Engine. */
    readonly engineVersion?: string | undefined;
}

/** A port that a container publishes: `8301/udp` of the container, at `10.0.0.11:8301`. */
export interface PublishedPort {
    readonly port: number;
    readonly protocol: string;
    readonly ip: string;
    readonly hostPort: number;
}

/** A node's container, as its engine has it. */
export interface ContainerFacts {
    /** docker's word: `running`, `exited`, `restarting`, `paused`, `created`, `dead`. */
    readonly state: string;
    readonly exitCode: number;
    /** docker's own error, mostly empty. */
    readonly error: string;
    readonly published: readonly PublishedPort[];
    /** The last lines of its log. */
    readonly lastLines: readonly string[];
}

/** What was learned about one node. */
export interface NodeFacts {
    readonly name: string;
    readonly isServer: boolean;
    /** Where the stack put it, or where it was asked; undefined where neither is known. */
    readonly address?: string | undefined;
    /** Its machine; undefined for a cluster that is not this stack's. */
    readonly machine?: MachineFacts | undefined;
    /** Its container: undefined where its engine was not asked, null where there is none. */
    readonly container?: ContainerFacts | null | undefined;
    /** Undefined where its agent was not asked. */
    readonly agent?: AgentFacts | undefined;
    /** What its log shows. */
    readonly signs: readonly LogSign[];
    /** Why its DNS does not answer; undefined where it does, or was not asked. */
    readonly dnsFailure?: string | undefined;
}

/** What was learned about a cluster. */
export interface ClusterFacts {
    /** Whether the nodes are those that a stack declares, or those that were found. */
    readonly isDeclared: boolean;
    readonly nodes: readonly NodeFacts[];
    /** When it was examined. */
    readonly now: Date;
}
