import { configureAgent } from "./agentConfigure.ts";
import { apiAt } from "./apiAt.ts";
import {
    alive,
    type AgentSelf,
    type ClusterHealth,
    type ConsulApi,
    type Member,
    type ServerHealth,
} from "./consulApi.ts";
import { containerLog } from "./containerLog.ts";
import { holdFirstElection } from "./firstElection.ts";
import { describeError, progress } from "./progress.ts";
import type { AgentRequest } from "./requests.ts";
import { forgetStaleFlows } from "./staleFlows.ts";
import { waitFor } from "./waitFor.ts";

/** Time for an agent to open its HTTP port: a fraction of a second, unless the machine is busy. */
export const answerLimit = 90_000;

/** Time for a server to be a voter again: a new one needs about 20 s, a busy machine more. */
export const voterLimit = 240_000;

/** Longer than autopilot's health interval of 2 s, so that an answer from before counts not. */
export const healthInterval = 2500;

/**
 * Waits until one agent does its part.
 *
 * While the cluster has not formed yet, or too few servers answer for a quorum, its part is to
 * answer: a server cannot ask for more before the others have started. Once it has formed, a server
 * is waited for until it is a voter, alive, caught up, and the cluster could bear the loss of another
 * server, so that the next one may be touched; a client until it reaches a leader.
 */
export async function agentReady(request: AgentRequest): Promise<string> {
    const agent = apiAt(request.httpAddress, request.api);
    try {
        // Asked before anything is waited for: a cluster that forms while this server, its last,
        // is starting is the cluster gate's to watch, not a change to be careful about.
        const formedBefore = request.role === "server" && (await hasFormed(agent, request));
        await waitFor(() => answers(agent, request), {
            limit: answerLimit,
            interval: 100,
            onChange: progress,
        });
        await forgetEarlierContainer(request);
        await configureAgent(request);
        // An agent that was just starting said nothing of the data that it has.
        await holdFirstElection(
            request,
            async () => formedBefore || (await hasFormed(agent, request)),
        );
        if (request.role === "client") {
            await waitFor(() => reachesLeader(agent, request), {
                limit: voterLimit,
                onChange: progress,
            });
        } else if (formedBefore && (await quorumAnswers(request))) {
            await waitFor(() => isVoter(agent, request), {
                limit: voterLimit,
                stableFor: healthInterval,
                onChange: progress,
            });
        }
    } catch (error) {
        const log = await containerLog(request.log);
        throw new Error(
            `${request.nodeName}: its agent at ${request.httpAddress} is not ready ` +
                `${describeError(error)}\nThe last lines of its log:\n  ${log.join("\n  ")}`,
            { cause: error },
        );
    }
    return "ready";
}

/** Sees that what is sent to the node's container reaches this one, and not the one before it. */
export async function forgetEarlierContainer({ log, binary }: AgentRequest): Promise<void> {
    const { store, machine, container } = log;
    await forgetStaleFlows({ store, machine, binary }, ({ Names }) =>
        Names.includes(`/${container}`),
    );
}

/**
 * Whether enough servers answer to elect a leader, this one counted. Where they do not, as when all
 * machines have other addresses, a server that waited for a leader would keep those from their change
 * that could elect one.
 */
async function quorumAnswers({ nodeName, servers, api }: AgentRequest): Promise<boolean> {
    const others = Object.values(servers).map((address) => apiAt(address, api).self());
    const answering = (await Promise.allSettled(others)).filter((r) => r.status === "fulfilled");
    const declared = others.length + 1;
    const isEnough = answering.length + 1 >= Math.floor(declared / 2) + 1;
    if (!isEnough) {
        progress(`${nodeName}: ${answering.length + 1} of ${declared} servers answer: no quorum`);
    }
    return isEnough;
}

async function answers(agent: ConsulApi, { nodeName }: AgentRequest): Promise<string | undefined> {
    const { Config } = await agent.self();
    return Config.NodeName === nodeName
        ? undefined
        : `the agent there is "${Config.NodeName}", of another cluster or stack`;
}

async function reachesLeader(agent: ConsulApi, request: AgentRequest): Promise<string | undefined> {
    await pullIn(agent, request);
    if ((await agent.leader()) === "") {
        return "it reaches no leader";
    }
    const { Config } = await agent.self();
    return earlierIdentity(agent, Config);
}

/**
 * Whether the catalog still lists the node under the id of an agent whose data are lost. Consul
 * reserves the name for that one as long as its health check has not failed, and nothing on the node
 * is ever registered; so that entry is taken out.
 */
export async function earlierIdentity(
    agent: ConsulApi,
    { NodeName, NodeID }: Pick<AgentSelf["Config"], "NodeName" | "NodeID">,
): Promise<string | undefined> {
    const registered = await agent.registeredId(NodeName);
    if (registered === NodeID) {
        return undefined;
    }
    if (registered === undefined) {
        return "the catalog does not list it yet";
    }
    await agent.deregister(NodeName);
    return "the catalog still listed it under an earlier identity";
}

/** Whether any server, this one included, holds a Raft configuration. */
async function hasFormed(agent: ConsulApi, { servers, api }: AgentRequest): Promise<boolean> {
    const others = Object.values(servers).map((address) => apiAt(address, api));
    const held = await Promise.all(
        [agent, ...others].map((one) => one.hasRaftConfiguration().catch(() => false)),
    );
    return held.includes(true);
}

/**
 * What a server still lacks to be a full member, by its own account and by the leader's. Its own
 * cannot be older than its start; the leader's says what the others make of it.
 */
async function isVoter(agent: ConsulApi, request: AgentRequest): Promise<string | undefined> {
    await pullIn(agent, request);
    if ((await agent.leader()) === "") {
        return "the cluster has no leader";
    }
    const [{ Config, Stats }, health] = await Promise.all([agent.self(), agent.health()]);
    const known = (health.Servers ?? []).find(({ ID }) => ID === Config.NodeID);
    const leader = (health.Servers ?? []).find(({ Leader }) => Leader);
    if (known === undefined || leader === undefined) {
        return "the leader does not know it yet";
    }
    const standing = standingProblem(known);
    if (standing !== undefined) {
        return standing;
    }
    const applied = Number(Stats.raft?.applied_index ?? 0);
    if (applied + catchUpSlack < leader.LastIndex) {
        return `it has applied ${applied} of ${leader.LastIndex} log entries`;
    }
    return (await earlierIdentity(agent, Config)) ?? (await lossOfAnother(agent, health, request));
}

/**
 * Why no other server may be touched yet. Those that are down and whose turn is to come are not
 * waited for: nothing is lost by touching them, and only their turn brings them back, as when all
 * machines have other addresses. One of them that is up asks its own clearance.
 */
async function lossOfAnother(
    agent: ConsulApi,
    health: ClusterHealth,
    { servers, later = [] }: AgentRequest,
): Promise<string | undefined> {
    const problem = lossProblem(health, await agent.members(), Object.keys(servers));
    const sound = (health.Servers ?? []).filter(({ Voter, Healthy }) => Voter && Healthy);
    const names = sound.map(({ Name }) => Name);
    const lacking = Object.entries(servers).filter(([name]) => !names.includes(name));
    if (problem === undefined || lacking.some(([name]) => !later.includes(name))) {
        return problem;
    }
    const asked = lacking.map(([, address]) => new ConsulApi(address).self());
    const down = (await Promise.allSettled(asked)).filter((r) => r.status === "rejected");
    return down.length > 0 && down.length === lacking.length ? undefined : problem;
}

/** What a server lacks in the leader's eyes. */
export function standingProblem({ Voter, SerfStatus, Healthy }: ServerHealth): string | undefined {
    if (!Voter) {
        return "it is not a voter yet";
    }
    return SerfStatus === "alive" && Healthy
        ? undefined
        : `the leader sees it ${SerfStatus} and ${Healthy ? "" : "not "}healthy`;
}

/**
 * Why the cluster could not bear the loss of one more server. With one or two voters it never can,
 * so there is nothing to wait for, unless one that is declared has failed and autopilot has
 * already counted it out.
 */
export function lossProblem(
    { Servers, FailureTolerance }: ClusterHealth,
    members: readonly Member[],
    others: readonly string[],
): string | undefined {
    const voters = (Servers ?? []).filter(({ Voter }) => Voter).length;
    if (FailureTolerance >= 1) {
        return undefined;
    }
    if (voters > 2) {
        return "the cluster could not bear the loss of another server";
    }
    // Autopilot force-leaves a server that it counts out, so its member has left rather than failed.
    const gone = members.filter(({ Name, Status }) => Status !== alive && others.includes(Name));
    return gone.length === 0 ? undefined : `${gone.map(({ Name }) => Name).join(", ")} has failed`;
}

/** Entries that may be under way between two answers of a cluster that is being written to. */
export const catchUpSlack = 50;

/**
 * Joins a node that sees nobody to the servers. One that came back empty, above all the bootstrap
 * server, whose arguments name nobody, would otherwise stay alone; so would one whose arguments
 * name only servers that are gone.
 */
async function pullIn(agent: ConsulApi, { servers, nodeName }: AgentRequest): Promise<void> {
    const members = await agent.members();
    const sees = members.some(({ Name, Status }) => Name !== nodeName && Status === alive);
    if (!sees) {
        for (const [name, address] of Object.entries(servers)) {
            progress(`joining ${name}`);
            await agent.join(new URL(address).hostname).catch(() => undefined);
        }
    }
}
