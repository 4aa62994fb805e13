import { isNewHere } from "./agentIdentity.ts";
import { clientAt } from "../consul/clientAt.ts";
import {
    alive,
    type AgentSelf,
    type ClusterHealth,
    type Member,
    type ServerHealth,
} from "../consul/consulClient.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { OthersJoiner } from "./joinOthers.ts";
import { progress } from "../system/progress.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for a server to be a voter again: a new one needs about 20 s, a busy machine more. */
export const voterLimit = 240_000;

/** Longer than autopilot's health interval of 2 s, so that an answer from before counts not. */
export const healthInterval = 2500;

/** Entries that may be under way between two answers of a cluster that is being written to. */
export const catchUpSlack = 50;

/** Time for a cluster to take a server in without those that are down: more than an election takes. */
const patience = 20_000;

/** Time for a leader to bring a server up to date that it sees alive; then another is to lead. */
const leaderPatience = 45_000;

/**
 * Waits until a server of a cluster that has formed votes, alive and caught up, and the next one may
 * be touched. It has to be so for longer than a health interval, for at first others may answer for it
 * as it was before its container; one that is new they knew nothing of.
 *
 * Where all that come after it are down, only their turn may bring what it lacks: a leader, or its
 * place in a cluster whose servers have one another's addresses. So it is not waited for much longer
 * than an election takes; the last one waits for all.
 */
export async function untilVoter(agent: ConsulClient, request: AgentRequest): Promise<void> {
    const isNew = await isNewHere(request.log).catch(() => false);
    const stableFor = isNew ? 0 : healthInterval;
    const joiner = new OthersJoiner(agent, request);
    const began = Date.now();
    let changed = false;
    await waitFor(
        async () => {
            await joiner.pullIn();
            const problem = await standing(agent, request);
            if (problem === undefined) {
                return undefined;
            }
            await joiner.showAgain();
            if (!changed && Date.now() - began > leaderPatience) {
                changed = await changeLeader(agent);
            }
            const goesOn = Date.now() - began > patience;
            return goesOn && (await areDown(request.later ?? [], request)) ? undefined : problem;
        },
        { limit: voterLimit, stableFor, onChange: progress },
    );
}

/**
 * What a server still lacks to be a full member, by its own account and by the leader's. Its own
 * cannot be older than its start; the leader's says what the others make of it.
 */
async function standing(agent: ConsulClient, request: AgentRequest): Promise<string | undefined> {
    if ((await agent.leader()) === "") {
        return "the cluster has no leader";
    }
    const [{ Config, Stats }, health] = await Promise.all([agent.self(), agent.health()]);
    const known = (health.Servers ?? []).find(({ ID }) => ID === Config.NodeID);
    const leader = (health.Servers ?? []).find(({ Leader }) => Leader);
    if (known === undefined || leader === undefined) {
        return "the leader does not know it yet";
    }
    const problem = standingProblem(known);
    if (problem !== undefined) {
        return problem;
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
    agent: ConsulClient,
    health: ClusterHealth,
    request: AgentRequest,
): Promise<string | undefined> {
    const { servers, later = [] } = request;
    const problem = lossProblem(health, await agent.members(), Object.keys(servers));
    const sound = (health.Servers ?? []).filter(({ Voter, Healthy }) => Voter && Healthy);
    const names = new Set(sound.map(({ Name }) => Name));
    const lacking = Object.keys(servers).filter((name) => !names.has(name));
    if (problem === undefined || lacking.some((name) => !later.includes(name))) {
        return problem;
    }
    return (await areDown(lacking, request)) ? undefined : problem;
}

/** Whether there are any of these servers, and none of them answers. */
async function areDown(names: readonly string[], { servers, api }: AgentRequest): Promise<boolean> {
    const asked = names.map((name) => clientAt(servers[name] ?? "", api).self());
    const answers = await Promise.allSettled(asked);
    return names.length > 0 && answers.every(({ status }) => status === "rejected");
}

/**
 * Has another server lead, where the leader sees this one alive and yet does not bring it up to date.
 * A leader that met another server at this one's address of before, as where servers have swapped
 * theirs, goes on writing to that one as long as it leads.
 *
 * @returns whether it was asked for; it is not where nobody else could lead.
 */
async function changeLeader(agent: ConsulClient): Promise<boolean> {
    if (!agent.offers.handOver) {
        return false;
    }
    const [{ Config }, { Servers }] = await Promise.all([agent.self(), agent.health()]);
    const own = (Servers ?? []).find(({ ID }) => ID === Config.NodeID);
    const heir = (Servers ?? []).find(
        ({ ID, Leader, Voter, Healthy }) => Voter && Healthy && !Leader && ID !== Config.NodeID,
    );
    if (own?.SerfStatus !== "alive" || own.Healthy || own.Leader || heir === undefined) {
        return false;
    }
    progress(`${heir.Name} is to lead, for the leader does not bring it up to date`);
    await agent.transferLeadership(heir.ID);
    return true;
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

/**
 * Whether the catalog still lists the node under the id of an agent whose data are lost. Consul
 * reserves the name for that one as long as its health check has not failed, and nothing on the node
 * is ever registered; so that entry is taken out.
 */
export async function earlierIdentity(
    agent: ConsulClient,
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
