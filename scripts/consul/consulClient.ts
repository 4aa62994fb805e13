import type {
    AgentSelf,
    AgentService,
    AutopilotSettings,
    ClusterHealth,
    Member,
    RaftPeer,
    ServerHealth,
} from "./answers.ts";
import { ConsulConnection } from "./consulConnection.ts";

/** Milliseconds for an agent to leave: Consul gives itself fifteen seconds. */
const leaveTimeoutMs = 30_000;

/** What not every version's API can do: transfer leadership, run autopilot, have an agent leave. */
export type ApiOffers = Readonly<Record<"transfer" | "autopilot" | "leave", boolean>>;

/** The HTTP API of one agent: what its endpoints answer, and what they do. */
export class ConsulClient extends ConsulConnection {
    readonly offers: ApiOffers = { transfer: true, autopilot: true, leave: true };

    /** The agent's account of itself. */
    self(): Promise<AgentSelf> {
        return this.get<AgentSelf>("/v1/agent/self", { right: "agent" });
    }

    /** The gossip pool as this agent sees it. */
    members(): Promise<readonly Member[]> {
        return this.get<readonly Member[]>("/v1/agent/members", { right: "agent" });
    }

    /** The leader's Raft address, empty while there is none. */
    leader(): Promise<string> {
        return this.get<string>("/v1/status/leader", { right: "agent" });
    }

    /** Whether this server holds a Raft configuration: none does before the first election. Read
     * from the agent's own figures, because Raft's endpoint takes ten seconds to report a missing
     * leader. */
    async hasRaftConfiguration(): Promise<boolean> {
        const { Stats } = await this.self();
        const configuration = Stats.raft?.latest_configuration ?? "[]";
        return configuration !== "[]";
    }

    /** The cluster's health; 429 is the status of an unhealthy one, and null stands for no servers. */
    async health(): Promise<ClusterHealth> {
        const path = "/v1/operator/autopilot/health";
        const health = await this.get<ClusterHealth<readonly ServerHealth[] | null>>(path, {
            alsoFine: [429],
        });
        return { ...health, Servers: health.Servers ?? [] };
    }

    autopilotSettings(): Promise<AutopilotSettings> {
        return this.get<AutopilotSettings>("/v1/operator/autopilot/configuration");
    }

    /** Sets autopilot, unless its settings have changed since these were read. */
    async setAutopilot(settings: AutopilotSettings): Promise<void> {
        const path = `/v1/operator/autopilot/configuration?cas=${settings.ModifyIndex}`;
        await this.text(path, { method: "PUT", body: JSON.stringify(settings) });
    }

    /** The servers of Raft's configuration, as the leader has it. */
    async raftPeers(): Promise<readonly RaftPeer[]> {
        const path = "/v1/operator/raft/configuration";
        return (
            (await this.get<{ readonly Servers: readonly RaftPeer[] | null }>(path)).Servers ?? []
        );
    }

    /** Has the leader transfer leadership: to the server of this id, or the follower with the newest log. */
    async transferLeadership(id?: string): Promise<void> {
        const to = id === undefined ? "" : `?id=${encodeURIComponent(id)}`;
        await this.text(`/v1/operator/raft/transfer-leader${to}`, { method: "POST" });
    }

    /** Has the agent leave the cluster; it answers once it has left, and then ends. */
    async leave(): Promise<void> {
        const options = { method: "PUT", right: "agent", timeoutMs: leaveTimeoutMs } as const;
        await this.text("/v1/agent/leave", options);
    }

    /** Marks a member that does not respond as left, and removes it from the list. */
    async forceLeave(node: string): Promise<void> {
        await this.text(`/v1/agent/force-leave/${node}?prune=1`, { method: "PUT" });
    }

    /** Removes a server from Raft's configuration. */
    async removePeer(id: string): Promise<void> {
        const path = `/v1/operator/raft/peer?id=${encodeURIComponent(id)}`;
        await this.text(path, { method: "DELETE" });
    }

    /** The id under which the catalog lists the node; undefined where it does not. */
    async registeredId(node: string): Promise<string | undefined> {
        const path = `/v1/catalog/node/${node}`;
        return (await this.get<{ readonly Node: { readonly ID: string } } | null>(path))?.Node.ID;
    }

    /** Removes a node, and all that is registered on it, from the catalog. */
    async deregister(node: string): Promise<void> {
        const body = JSON.stringify({ Node: node });
        await this.text("/v1/catalog/deregister", { method: "PUT", body });
    }

    /** Has the agent read its configuration files again. */
    async reload(): Promise<void> {
        await this.text("/v1/agent/reload", { method: "PUT", right: "agent" });
    }

    /** Has the agent join another one. */
    async join(address: string): Promise<void> {
        await this.text(`/v1/agent/join/${address}`, { method: "PUT", right: "agent" });
    }

    /** The services that are registered with this agent, by their ids. */
    services(): Promise<Readonly<Record<string, AgentService>>> {
        return this.get<Readonly<Record<string, AgentService>>>("/v1/agent/services");
    }

    /** Registers a service with this agent, or changes it; its former checks are removed. The agent keeps the token, and
     * reports by it what the checks find. */
    async registerService(definition: object): Promise<void> {
        const path = "/v1/agent/service/register?replace-existing-checks=true";
        const body = JSON.stringify(definition);
        await this.text(path, { method: "PUT", right: "register", body });
    }

    /** Removes a service from this agent, if it has it. */
    async deregisterService(id: string): Promise<void> {
        const path = `/v1/agent/service/deregister/${encodeURIComponent(id)}`;
        await this.text(path, { method: "PUT", alsoFine: [404] });
    }
}
