import { alive, type ClusterHealth, type Member } from "../consul/answers.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { clientAt } from "../consul/consulClient05.ts";
import { transferLeadership } from "../consul/leadership.ts";
import { healthInterval, toleranceProblem, voterLimit, voterProblem } from "../node/serverReady.ts";
import { openAddress } from "../security/clusterClients.ts";
import { property } from "../system/json.ts";
import { progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";
import type { OpenAgent } from "./openAgent.ts";

/** Milliseconds for what is to be so already, but for an answer that is late. */
const settledLimit = 30_000;

/**
 * A cluster that is being secured, asked as an open one: until the last replacement everybody may do everything in
 * it, so no token is sent where none is needed.
 */
export class OpenCluster {
    readonly servers: readonly OpenAgent[];
    readonly clients: readonly OpenAgent[];

    constructor(agents: readonly OpenAgent[]) {
        this.servers = agents.filter(({ node }) => node.role === "server");
        this.clients = agents.filter(({ node }) => node.role === "client");
    }

    /** A client of the agent; of one that is not reached from outside, of the one that is asked about it. */
    at({ nodeName, node }: OpenAgent): ConsulClient {
        const { askThrough: queryVia = nodeName, httpAddress } = node;
        const answering = [...this.servers, ...this.clients].find(
            (one) => one.nodeName === queryVia,
        );
        return clientAt(openAddress(httpAddress, answering?.openPort));
    }

    /**
     * An agent of the cluster that knows a leader.
     *
     * @param rather is asked last. @default none
     * @throws Error where none does.
     */
    async contact(rather?: OpenAgent): Promise<ConsulClient> {
        return this.at(await this.contactAgent(rather));
    }

    /** The same, as the agent itself. */
    async contactAgent(rather?: OpenAgent): Promise<OpenAgent> {
        const all = this.servers.length > 0 ? this.servers : this.clients;
        const order = [...all.filter((one) => one !== rather), ...all];
        for (const agent of order) {
            const leader = this.at(agent).leader();
            if ((await leader.catch(() => "")) !== "") {
                return agent;
            }
        }
        throw new Error("no server knows a leader");
    }

    /** Waits until nothing is missing before the next agent is changed. @param check asked with a contact. */
    untilSettled(
        check: (consul: ConsulClient) => Promise<Missing>,
        limit = settledLimit,
    ): Promise<void> {
        const missing = async () => check(await this.contact());
        return waitFor(missing, { limit, interval: 300, onChange: progress });
    }

    /** Why no server may be stopped now: one of them is no healthy voter, or the cluster tolerates no failure. */
    async serverProblem(consul: ConsulClient): Promise<Missing> {
        const [health, members] = await Promise.all([consul.health(), consul.members()]);
        const names = this.servers.map(({ nodeName }) => nodeName);
        const lacking = names.flatMap((name) => {
            const problem = voterProblem(health, serverOf(health, name));
            return problem === undefined ? [] : [`${name}: ${problem}`];
        });
        return lacking.length > 0 ? lacking.join("; ") : toleranceProblem(health, members, names);
    }

    /** Why not all of these agents are members. */
    async memberProblem(consul: ConsulClient, names: readonly string[]): Promise<Missing> {
        const away = awayOf(await consul.members(), names);
        return away.length === 0
            ? undefined
            : `${away.join(", ")} ${away.length === 1 ? "is" : "are"} away`;
    }

    /** The servers, the leader last. */
    async inOrder(): Promise<readonly OpenAgent[]> {
        const leader = await this.#leader();
        const isLeader = ({ nodeName }: OpenAgent) => nodeName === leader;
        return [...this.servers.filter((one) => !isLeader(one)), ...this.servers.filter(isLeader)];
    }

    /** Has another server lead, if this one does and there is another. */
    async handOver({ nodeName }: OpenAgent): Promise<void> {
        const consul = await this.contact();
        const { Servers } = await consul.health();
        const leads = Servers.some(({ Name, Leader }) => Name === nodeName && Leader);
        if (leads && Servers.filter(({ Voter }) => Voter).length > 1) {
            await transferLeadership(consul, nodeName);
        }
    }

    /**
     * Waits until an agent that was started again does its part, for longer than the leader may report what it knew
     * of it before.
     *
     * @param token its recovery token, which it takes from now on.
     */
    untilBack(agent: OpenAgent, token: string): Promise<void> {
        const check = async () =>
            (await this.#ownProblem(agent, token)) ??
            (agent.node.role === "server"
                ? this.#voterProblem(agent)
                : this.memberProblem(await this.contact(), [agent.nodeName]));
        const stableFor = agent.node.role === "server" ? healthInterval : 0;
        return waitFor(check, { limit: voterLimit, stableFor, onChange: progress }).catch(
            (error: unknown) => {
                const why = error instanceof Error ? error.message : String(error);
                throw new Error(`${agent.nodeName}: it was restarted, and is not back ${why}`, {
                    cause: error,
                });
            },
        );
    }

    async #leader(): Promise<string | undefined> {
        const { Servers } = await (await this.contact()).health();
        return Servers.find(({ Leader }) => Leader)?.Name;
    }

    async #voterProblem(agent: OpenAgent): Promise<Missing> {
        const consul = await this.contact(agent);
        const health = await consul.health();
        const own = this.#isReached(agent) ? await this.at(agent).self() : undefined;
        const applied = own === undefined ? undefined : Number(own.Stats.raft?.applied_index ?? 0);
        const names = this.servers
            .map(({ nodeName }) => nodeName)
            .filter((name) => name !== agent.nodeName);
        return (
            voterProblem(health, serverOf(health, agent.nodeName), applied) ??
            toleranceProblem(health, await consul.members(), names)
        );
    }

    /** What an agent that is reached lacks by its own account. */
    async #ownProblem(agent: OpenAgent, token: string): Promise<Missing> {
        if (!this.#isReached(agent)) {
            return undefined;
        }
        const self = await this.at(agent).get<unknown>("/v1/agent/self", { token });
        const stats = property(self, "Stats");
        return property(property(stats, "serf_lan"), "encrypted") === "true"
            ? undefined
            : "its gossip has no key";
    }

    #isReached({ nodeName, node }: OpenAgent): boolean {
        return (node.askThrough ?? nodeName) === nodeName;
    }
}

function serverOf({ Servers }: ClusterHealth, name: string) {
    return Servers.find(({ Name }) => Name === name);
}

function awayOf(members: readonly Member[], names: readonly string[]): string[] {
    const living = new Set(
        members.filter(({ Status }) => Status === alive).map(({ Name }) => Name),
    );
    return names.filter((name) => !living.has(name));
}
