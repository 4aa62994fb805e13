import { clientAt } from "../consul/clientAt.ts";
import { alive, type ClusterHealth, type Member } from "../consul/consulClient.ts";
import { keepMinimumQuorum } from "../consul/minimumQuorum.ts";
import { describeError, progress } from "../system/progress.ts";
import type { ClusterRequest } from "../protocol/requests.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for all servers to vote: the first election takes seconds, a grown server about 20 s. */
const limit = 180_000;

/**
 * Waits until the cluster is whole: all declared servers vote, each of them healthy, with
 * one leader on whom they agree; every client agent is alive. Then autopilot is told how many voters
 * it must leave.
 *
 * @throws Error naming the nodes that are missing.
 */
export async function clusterReady(request: ClusterRequest): Promise<string> {
    try {
        await waitFor(() => missing(request), { limit, onChange: progress });
        await settle(request);
    } catch (error) {
        throw new Error(`the cluster is not whole ${describeError(error)}`, { cause: error });
    }
    return "whole";
}

/**
 * Counted are all servers that the cluster has, for some may be another stack's. A stack of client
 * agents alone leaves that to the stack that has the servers.
 */
async function settle({ servers, contact, api: version }: ClusterRequest): Promise<void> {
    const api = clientAt(contact, version);
    if (Object.keys(servers).length > 0 && api.offers.autopilot) {
        const { Servers } = await api.health();
        await keepMinimumQuorum(api, (Servers ?? []).length);
    }
}

async function missing({
    servers,
    clients,
    contact,
    api: version,
}: ClusterRequest): Promise<string | undefined> {
    const agents = Object.entries(servers).map(([name, address]) => ({
        name,
        api: clientAt(address, version),
    }));
    const leaders = await Promise.all(
        agents.map(async ({ name, api }) => [name, await api.leader().catch(() => "?")] as const),
    );
    const api = clientAt(contact, version);
    const members = await api.members();
    const servingMissing =
        agents.length === 0
            ? undefined
            : (disagreement(leaders) ?? healthProblem(await api.health(), Object.keys(servers)));
    return servingMissing ?? deadClients(members, clients);
}

/** What is wrong with what the servers say about their leader, by node name. */
export function disagreement(
    leaders: readonly (readonly [name: string, leader: string])[],
): string | undefined {
    const silent = leaders.filter(([, leader]) => leader === "?").map(([name]) => name);
    if (silent.length > 0) {
        return `no answer from ${silent.join(", ")}`;
    }
    const none = leaders.filter(([, leader]) => leader === "").map(([name]) => name);
    if (none.length > 0) {
        return `no leader, say ${none.join(", ")}`;
    }
    return new Set(leaders.map(([, leader]) => leader)).size > 1
        ? `several leaders: ${leaders.map(([name, leader]) => `${name} says ${leader}`).join(", ")}`
        : undefined;
}

/** What the cluster's health lacks of these servers, all voting and healthy. One more is no fault,
 * well or not: a server that is no longer declared leaves only after this gate, once the others are
 * known to carry on without it. */
export function healthProblem(
    health: ClusterHealth,
    servers: readonly string[],
): string | undefined {
    const known = health.Servers ?? [];
    const voters = known.filter(({ Voter, Healthy }) => Voter && Healthy).map(({ Name }) => Name);
    const lacking = servers.filter((name) => !voters.includes(name));
    if (lacking.length > 0) {
        return `not yet healthy voters: ${lacking.join(", ")}`;
    }
    const isExplained = known.some(
        ({ Name, Healthy, SerfStatus }) =>
            !Healthy && SerfStatus !== "none" && !servers.includes(Name),
    );
    return health.Healthy || isExplained ? undefined : "the leader calls the cluster unhealthy";
}

/** The client agents that the gossip pool does not show alive. */
export function deadClients(
    members: readonly Member[],
    clients: readonly string[],
): string | undefined {
    const living = new Set(members.filter(({ Status }) => Status === alive).map((m) => m.Name));
    const dead = clients.filter((name) => !living.has(name));
    return dead.length === 0 ? undefined : `not alive: ${dead.join(", ")}`;
}
