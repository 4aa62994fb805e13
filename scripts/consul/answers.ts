/** What Consul answers, as far as it is read here. */

/** A server as the leader's autopilot sees it. */
export interface ServerHealth {
    readonly ID: string;
    readonly Name: string;
    readonly SerfStatus: string;
    readonly Healthy: boolean;
    readonly Voter: boolean;
    readonly Leader: boolean;
    readonly LastIndex: number;
}

/** The cluster as the leader's autopilot sees it. */
export interface ClusterHealth<Servers = readonly ServerHealth[]> {
    readonly Healthy: boolean;
    readonly FailureTolerance: number;
    readonly Servers: Servers;
}

/** An agent's account of itself. */
export interface AgentSelf {
    readonly Config: {
        readonly NodeName: string;
        readonly NodeID: string;
        readonly Datacenter: string;
        /** Consul's version, such as `1.22.2`. */
        readonly Version?: string;
    };
    readonly Stats: { readonly raft?: Readonly<Record<string, string>> };
}

/** A member of the gossip pool. */
export interface Member {
    readonly Name: string;
    readonly Addr: string;
    /** Serf's number, such as {@link alive}. */
    readonly Status: number;
    /** What it says of itself; `id` is its node's id. */
    readonly Tags?: Readonly<Record<string, string>>;
}

/** Serf's numbers for a member that is alive, and for one that has left. */
export const alive = 1;
export const left = 3;

/** Autopilot's settings, as Raft holds them; those that are not named here are sent back unchanged. */
export interface AutopilotSettings {
    /** The fewest voters that cleaning up failed servers may leave. */
    readonly MinQuorum: number;
    /** Raft's index of the last change: an update is refused after another one. */
    readonly ModifyIndex: number;
}

/** A server in Raft's configuration. */
export interface RaftPeer {
    readonly ID: string;
    readonly Node: string;
    readonly Voter: boolean;
}

/** A service as its agent knows it. */
export interface AgentService {
    readonly ID: string;
    readonly Meta: Readonly<Record<string, string>> | null;
}
