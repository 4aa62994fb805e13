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
    /** Whether its gossip is encrypted. */
    readonly isEncrypted: boolean;
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
    /** What it said when it refused to answer: a token is missing. */
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

/** A container that publishes ports on its machine. */
export interface PublisherFacts {
    readonly container: string;
    /** Whether it is an agent's. */
    readonly isAgents: boolean;
    readonly published: readonly PublishedPort[];
}

/** What takes connections on a machine. */
export interface ListeningFacts {
    /** Where it was asked. */
    readonly address: string;
    /** Consul's TCP ports that do. */
    readonly ports: readonly number[];
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
    /** The files of a secured agent that have secrets in them; undefined where they were not looked at. */
    readonly secrets?: readonly FileFacts[] | undefined;
}

/** A file or folder in a container. */
export interface FileFacts {
    readonly path: string;
    /** Its permissions, such as 0o600. */
    readonly mode: number;
    /** Number of the user who owns it. */
    readonly uid: number;
}

/** The certificate that a secured agent shows. */
export interface ServedFacts {
    /** PEM. */
    readonly certificate: string;
    /** The name that it is to have, and the address at which it is asked. */
    readonly name?: string | undefined;
    readonly address: string;
}

/** What was learned about one node. */
export interface NodeFacts {
    readonly name: string;
    readonly isServer: boolean;
    /** Where the stack put it, or where it was asked; undefined where neither is known. */
    readonly address?: string | undefined;
    /** Where its machine is reached from this computer: another address where nodes share it. @default the same */
    readonly machineAddress?: string | undefined;
    /** What its stack has its container publish; undefined where that is not known. */
    readonly declared?: readonly PublishedPort[] | undefined;
    /** Its machine; undefined for a cluster that is not this stack's. */
    readonly machine?: MachineFacts | undefined;
    /** Its container: undefined where its engine was not asked, null where there is none. */
    readonly container?: ContainerFacts | null | undefined;
    /** The containers that publish something on its machine; undefined where its engine was not asked. */
    readonly publishers?: readonly PublisherFacts[] | undefined;
    /** What this computer reaches of Consul's ports there; undefined where nothing answers, or it was not asked. */
    readonly listening?: ListeningFacts | undefined;
    /** Undefined where its agent was not asked. */
    readonly agent?: AgentFacts | undefined;
    /** What its log shows. */
    readonly signs: readonly LogSign[];
    /** Why its DNS does not answer; undefined where it does, or was not asked. */
    readonly dnsFailure?: string | undefined;
    /** The certificate that its agent shows; undefined where it shows none, or is an open cluster's. */
    readonly served?: ServedFacts | undefined;
    /** Where a secured agent answers without TLS; undefined where it does not. */
    readonly plainAddress?: string | undefined;
}

/** The gossip keys of a secured cluster's members. Never a key itself. */
export interface KeyringFacts {
    /** Members that said which keys they have. */
    readonly nodes: number;
    /** How many of them have the declared key, and how many encrypt with it. */
    readonly holding: number;
    readonly using: number;
    /** How many other keys there are. */
    readonly others: number;
}

/** The tokens of a secured cluster, by their descriptions. */
export interface TokenFacts {
    /** Those that it is to have, and does not. */
    readonly missing: readonly string[];
    /** Those that it is not to have any more. */
    readonly retired: readonly string[];
}

/** What was learned about what secures a stack's cluster. */
export interface SecurityFacts {
    /** Certificates of the CAs that may have signed the agents', PEM: today's first. */
    readonly trusted: readonly string[];
    /** Undefined where no agent said. */
    readonly keyring?: KeyringFacts | undefined;
    /** Undefined where no agent said. */
    readonly tokens?: TokenFacts | undefined;
}

/** What was learned about a cluster. */
export interface ClusterFacts {
    /** Whether the nodes are those that a stack declares, or those that were found. */
    readonly isDeclared: boolean;
    /** Whether its agents are to be asked by TLS and with tokens. */
    readonly isSecured: boolean;
    readonly nodes: readonly NodeFacts[];
    /** What secures it; undefined for an open cluster, and for one that is not this stack's. */
    readonly security?: SecurityFacts | undefined;
    /** Why no agent was asked: the rights to do so are not on this computer. */
    readonly accessFailure?: string | undefined;
    /** When it was examined. */
    readonly now: Date;
}
