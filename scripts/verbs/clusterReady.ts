import { alive, type ClusterHealth, type Member } from "../consul/answers.ts";
import { ifSilent } from "../consul/consulError.ts";
import { setMinimumQuorum } from "../consul/quorum.ts";
import type { Formation } from "../protocol/formation.ts";
import type { ClusterRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { hasTypes, parseJson, property } from "../system/json.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";

/** Milliseconds for all servers to vote: the first election takes seconds, an added server about 20 s. */
const limit = 180_000;

/** Answers with the request. The answer stays in the stack's state, later requests may differ. */
export function recordFormation(formation: Formation): Promise<Formation> {
    return Promise.resolve(formation);
}

/**
 * Answers with what was recorded before, as that of a secured cluster.
 *
 * @throws Error where Pulumi does not hand on what was recorded.
 */
export function recordSecured(): Promise<Formation> {
    const before = parseJson(process.env.PULUMI_COMMAND_STDOUT ?? "");
    return isFormation(before)
        ? Promise.resolve({ ...before, security: "full" })
        : Promise.reject(
              new Error(
                  "how the cluster was first formed is not handed on, and is not guessed: restore the stack's state " +
                      "from a backup.",
              ),
          );
}

function isFormation(value: unknown): value is Formation {
    return hasTypes(value, { expect: "number" }) && Array.isArray(property(value, "servers"));
}

/**
 * Waits until the cluster is ready: all declared servers are healthy voters with one leader on whom they
 * agree, and every client agent is alive. Then autopilot's minimum quorum is set.
 *
 * @returns "whole", the word that states of existing stacks have.
 * @throws Error naming the nodes that are missing.
 */
export async function clusterReady(request: ClusterRequest): Promise<string> {
    const clients = await ClusterClients.of(request);
    try {
        await waitFor(() => missing(request, clients), { limit, onChange: progress });
        await setAutopilot(request, clients);
    } catch (error) {
        throw new Error(`the cluster is not ready ${describeError(error)}`, { cause: error });
    }
    return "whole";
}

/** Counts all servers that the cluster has, because some may be another stack's. A stack of client agents
 * alone leaves autopilot to the stack that has the servers. */
async function setAutopilot(
    { servers, contact, contactName }: ClusterRequest,
    clients: ClusterClients,
): Promise<void> {
    const client = clients.at(contactName, contact);
    if (Object.keys(servers).length > 0 && client.offers.autopilot) {
        await setMinimumQuorum(client, (await client.health()).Servers.length);
    }
}

async function missing(request: ClusterRequest, clients: ClusterClients): Promise<Missing> {
    const { servers, contact, contactName } = request;
    const leaders = await Promise.all(
        Object.entries(servers).map(async ([name, address]) => {
            // Where nodes share a machine, the contact answers at the address of each.
            const server = clients.at(address === contact ? contactName : name, address);
            return [name, await server.leader().catch(ifSilent("?"))] as const;
        }),
    );
    const client = clients.at(contactName, contact);
    const members = await client.members();
    const problem =
        leaders.length === 0
            ? undefined
            : (disagreement(leaders) ?? healthProblem(await client.health(), Object.keys(servers)));
    return problem ?? deadClients(members, request.clients);
}

/** How the servers disagree about their leader; "?" stands for no answer. */
export function disagreement(
    leaders: readonly (readonly [name: string, leader: string])[],
): Missing {
    const unreachable = leaders.filter(([, leader]) => leader === "?").map(([name]) => name);
    if (unreachable.length > 0) {
        return `no answer from ${unreachable.join(", ")}`;
    }
    const none = leaders.filter(([, leader]) => leader === "").map(([name]) => name);
    if (none.length > 0) {
        return `no leader, say ${none.join(", ")}`;
    }
    return new Set(leaders.map(([, leader]) => leader)).size > 1
        ? `several leaders: ${leaders.map(([name, leader]) => `${name} says ${leader}`).join(", ")}`
        : undefined;
}

/** Which of these servers are no healthy voters. An additional server is no problem, healthy or not: one
 * that is no longer declared leaves only after this gate, once the others are known to do without it. */
function healthProblem(health: ClusterHealth, servers: readonly string[]): Missing {
    const known = health.Servers;
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
function deadClients(members: readonly Member[], clients: readonly string[]): Missing {
    const living = new Set(members.filter(({ Status }) => Status === alive).map((m) => m.Name));
    const dead = clients.filter((name) => !living.has(name));
    return dead.length === 0 ? undefined : `not alive: ${dead.join(", ")}`;
}
