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
export interface ClusterHealth {
    readonly Healthy: boolean;
    readonly FailureTolerance: number;
    readonly Servers: readonly ServerHealth[] | null;
}

/** An agent's account of itself. */
export interface AgentSelf {
    readonly Config: { readonly NodeName: string; readonly NodeID: string };
    readonly Stats: { readonly raft?: Readonly<Record<string, string>> };
}

/** A member of the gossip pool. Status 1 is alive. */
export interface Member {
    readonly Name: string;
    readonly Addr: string;
    readonly Status: number;
}

/** serf's number for a member that is alive. */
export const alive = 1;

interface RaftConfiguration {
    readonly Servers: readonly { readonly ID: string; readonly Voter: boolean }[] | null;
}

/** How long one question may take; an autopilot question to a cluster without a leader hangs. */
const timeout = 3000;

/** The questions that the gates ask of one agent. */
export class ConsulApi {
    readonly #httpAddress: string;

    /** @param httpAddress for example `http://10.0.0.11:8500`. */
    constructor(httpAddress: string) {
        this.#httpAddress = httpAddress;
    }

    /** Who the agent says it is. */
    self(): Promise<AgentSelf> {
        return this.#get<AgentSelf>("/v1/agent/self");
    }

    /** The gossip pool as this agent sees it. */
    members(): Promise<readonly Member[]> {
        return this.#get<readonly Member[]>("/v1/agent/members");
    }

    /** The leader's Raft address, empty while there is none. */
    leader(): Promise<string> {
        return this.#get<string>("/v1/status/leader");
    }

    /** Ids of the Raft voters in this server's own copy, none before the first election. */
    async voterIds(): Promise<readonly string[]> {
        const path = "/v1/operator/raft/configuration?stale";
        const { Servers } = await this.#get<RaftConfiguration>(path);
        return (Servers ?? []).filter(({ Voter }) => Voter).map(({ ID }) => ID);
    }

    /** The cluster's health; an unhealthy one is an answer like any other. */
    health(): Promise<ClusterHealth> {
        return this.#get<ClusterHealth>("/v1/operator/autopilot/health", [429]);
    }

    /** Asks the agent to join another. */
    async join(address: string): Promise<void> {
        const path = `/v1/agent/join/${address}`;
        await this.#send(path, "PUT", []);
    }

    async #get<T>(path: string, alsoFine: readonly number[] = []): Promise<T> {
        return (await (await this.#send(path, "GET", alsoFine)).json()) as T;
    }

    async #send(path: string, method: string, alsoFine: readonly number[]): Promise<Response> {
        const url = this.#httpAddress + path;
        const response = await fetch(url, { method, signal: AbortSignal.timeout(timeout) });
        if (!response.ok && !alsoFine.includes(response.status)) {
            throw new Error(`${path}: ${response.status} ${(await response.text()).trim()}`);
        }
        return response;
    }
}
