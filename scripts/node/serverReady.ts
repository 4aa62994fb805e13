import type { ContainerInspectInfo } from "dockerode";
import { alive, type ClusterHealth, type Member, type ServerHealth } from "../consul/answers.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { ifSilent } from "../consul/consulError.ts";
import { evictStaleEntry } from "../consul/evict.ts";
import { replaceLeader, responds } from "../consul/leadership.ts";
import { readContainerFile } from "../docker/containerFile.ts";
import { Machine } from "../machine/machine.ts";
import { dataDirectory } from "../protocol/agentFiles.ts";
import type { AgentRequest, ContainerRef } from "../protocol/requests.ts";
import type { ClusterClients } from "../security/clusterClients.ts";
import { progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";
import { peerAddress } from "./peerAddress.ts";

/** Milliseconds for a server to be a voter again: a new one needs about 20 s, a busy machine more. */
export const voterLimit = 240_000;

/** Longer than autopilot's health interval of 2 s, so that an answer from before does not count. */
export const healthInterval = 2500;

/** Entries that may be in flight between two answers of a cluster that is being written to. */
const catchUpSlack = 50;

/** Milliseconds for a cluster to accept a server without those that are down: more than an election takes. */
const othersTimeout = 20_000;

/** Milliseconds for a leader to bring a server up to date that it sees alive; then another is to lead. */
const leaderTimeout = 45_000;

/** Milliseconds before a node that the others do not accept joins them again. */
const rejoinInterval = 5000;

/**
 * Waits until a server of a cluster that has formed votes, alive and caught up, and the next one may
 * be changed. It must be so for longer than a health interval, because at first others may report what
 * they knew of the container before; of a new node they knew nothing.
 *
 * Where all servers that come after it are down, only their turn may bring what it lacks: a leader, or
 * its membership in a cluster whose servers have swapped addresses. So it waits hardly longer than an
 * election takes; the last one waits for all.
 *
 * @param clients make those of the other servers.
 */
export async function untilVoter(
    agent: ConsulClient,
    request: AgentRequest,
    clients: ClusterClients,
): Promise<void> {
    const stableFor = (await isNewNode(request.log).catch(() => false)) ? 0 : healthInterval;
    const began = Date.now();
    let joined = began;
    let replacedLeader = false;
    await waitFor(
        async () => {
            await joinIfAlone(agent, request);
            const problem = await settleServer(agent, request, clients);
            if (problem === undefined) {
                return undefined;
            }
            // Nodes that knew it at another address accept it only half a minute after they marked it
            // failed there, and would learn of it only by chance.
            if (Date.now() - joined >= rejoinInterval) {
                joined = Date.now();
                const addresses = [...Object.values(request.servers), ...(request.joined ?? [])];
                await Promise.all(addresses.map((address) => join(agent, address, request)));
            }
            const waited = Date.now() - began;
            if (!replacedLeader && waited > leaderTimeout) {
                replacedLeader = await replaceLeader(agent);
            }
            const isOver =
                waited > othersTimeout && (await areDown(request.later ?? [], request, clients));
            return isOver ? undefined : problem;
        },
        { limit: voterLimit, stableFor, onChange: progress },
    );
}

/** Joins a node that sees no other one to the servers. One that came back empty would stay alone,
 * above all the bootstrap server, whose arguments name no other; so would one whose arguments name
 * only servers that are gone. */
export async function joinIfAlone(agent: ConsulClient, request: AgentRequest): Promise<void> {
    const { nodeName, servers, joined = [] } = request;
    const members = await agent.members();
    if (members.some(({ Name, Status }) => Name !== nodeName && Status === alive)) {
        return;
    }
    for (const [name, address] of Object.entries(servers)) {
        progress(`joining ${name}`);
        await join(agent, address, request);
    }
    if (joined.length > 0) {
        progress("joining another stack's cluster");
        await Promise.all(joined.map((address) => join(agent, address, request)));
    }
}

function join(agent: ConsulClient, address: string, request: AgentRequest): Promise<void> {
    return agent.join(peerAddress(address, request)).catch(ifSilent(undefined));
}

/** Whether an agent's container found no node id in its data, and made one: whatever is reported of
 * that id is about this container. An agent makes one when it starts without, and never again. */
async function isNewNode(ref: ContainerRef): Promise<boolean> {
    const engine = await Machine.of(ref).engine();
    const nodeId = await readContainerFile(engine, ref.container, `${dataDirectory}/node-id`);
    if (nodeId === undefined) {
        return false;
    }
    const path = `/containers/${encodeURIComponent(ref.container)}/json`;
    const { Created } = await engine.ask<ContainerInspectInfo>(path);
    // Both times are by the machine's clock; the file's has no fraction of a second.
    return nodeId.written.getTime() >= Math.floor(Date.parse(Created) / 1000) * 1000;
}

/**
 * Evicts a stale entry of a server's name.
 *
 * @returns what the server still lacks to be a full member, by its own account, which is never older than
 *     its start, and by the leader's.
 */
async function settleServer(
    agent: ConsulClient,
    request: AgentRequest,
    clients: ClusterClients,
): Promise<Missing> {
    if ((await agent.leader()) === "") {
        return "the cluster has no leader";
    }
    const [{ Config, Stats }, health] = await Promise.all([agent.self(), agent.health()]);
    const known = health.Servers.find(({ ID }) => ID === Config.NodeID);
    return (
        voterProblem(health, known, Number(Stats.raft?.applied_index ?? 0)) ??
        (await evictStaleEntry(agent, Config.NodeName, Config.NodeID)) ??
        (await failureProblem(agent, health, request, clients))
    );
}

/**
 * What a server lacks to be a healthy voter that has caught up with the leader.
 *
 * @param known its health in the leader's eyes.
 * @param applied index of the last log entry that it has applied, by its own account.
 *     @default the last one that it has received, by the leader's
 */
export function voterProblem(
    { Servers }: ClusterHealth,
    known: ServerHealth | undefined,
    applied?: number,
): Missing {
    const leader = Servers.find(({ Leader }) => Leader);
    if (known === undefined || leader === undefined) {
        return "the leader does not know it yet";
    }
    const { Voter, SerfStatus, Healthy, LastIndex } = known;
    if (!Voter) {
        return "it is not a voter yet";
    }
    if (SerfStatus !== "alive" || !Healthy) {
        return `the leader sees it ${SerfStatus} and ${Healthy ? "" : "not "}healthy`;
    }
    const [index, how] = applied === undefined ? [LastIndex, "received"] : [applied, "applied"];
    return index + catchUpSlack < leader.LastIndex
        ? `it has ${how} ${index} of ${leader.LastIndex} log entries`
        : undefined;
}

/** Why no other server may be changed yet. Servers that are down and whose turn is to come are not
 * waited for: changing them loses nothing, and only their turn brings them back, as when all
 * machines have other addresses. One of them that is up asks for its own clearance. */
async function failureProblem(
    agent: ConsulClient,
    health: ClusterHealth,
    request: AgentRequest,
    clients: ClusterClients,
): Promise<Missing> {
    const { servers, later = [] } = request;
    const problem = toleranceProblem(health, await agent.members(), Object.keys(servers));
    const healthy = health.Servers.filter(({ Voter, Healthy }) => Voter && Healthy);
    const names = new Set(healthy.map(({ Name }) => Name));
    const lacking = Object.keys(servers).filter((name) => !names.has(name));
    if (problem === undefined || lacking.some((name) => !later.includes(name))) {
        return problem;
    }
    return (await areDown(lacking, request, clients)) ? undefined : problem;
}

/** Whether there are any of these servers, and none of them responds. One that does not let us in does. */
async function areDown(
    names: readonly string[],
    { servers }: AgentRequest,
    clients: ClusterClients,
): Promise<boolean> {
    const respond = names.map((name) => responds(clients.at(name, servers[name] ?? "")));
    return names.length > 0 && !(await Promise.all(respond)).includes(true);
}

/**
 * Why the cluster could not tolerate the failure of one more server. With one or two voters it never
 * can, so there is nothing to wait for, unless a declared one has failed and autopilot has already
 * removed it from the count.
 *
 * @param others names of the other declared servers.
 */
export function toleranceProblem(
    { Servers, FailureTolerance }: ClusterHealth,
    members: readonly Member[],
    others: readonly string[],
): Missing {
    const voters = Servers.filter(({ Voter }) => Voter).length;
    if (FailureTolerance >= 1) {
        return undefined;
    }
    if (voters > 2) {
        return "the cluster could not tolerate the failure of another server";
    }
    // Autopilot force-leaves a server that it removes, so its member has left rather than failed.
    const gone = members.filter(({ Name, Status }) => Status !== alive && others.includes(Name));
    return gone.length === 0 ? undefined : `${gone.map(({ Name }) => Name).join(", ")} has failed`;
}
