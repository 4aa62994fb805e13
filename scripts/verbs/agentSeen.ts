import type { ContainerInfo } from "dockerode";
import { alive, type Member } from "../consul/answers.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { ifSilent } from "../consul/consulError.ts";
import { evictStaleEntry } from "../consul/evict.ts";
import { waitUntilKnownFormed } from "../consul/leadership.ts";
import { Machine } from "../machine/machine.ts";
import {
    answerLimit,
    configureAgent,
    deleteEarlierFlows,
    passGate,
    startStopped,
    strangerProblem,
} from "../node/agentGate.ts";
import { holdFirstElection } from "../node/firstElection.ts";
import { healthInterval, toleranceProblem, voterLimit, voterProblem } from "../node/serverReady.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";

/**
 * Waits until an agent that shares its machine does its part, as the one node reports that is reached
 * there from outside.
 *
 * While the cluster has not formed yet, its part is to be a living member. Once it has, a server must
 * be a voter in the leader's eyes, alive and caught up, and the cluster must tolerate the failure of
 * another; for a client there must be a leader, and the catalog must list it. A cluster that was
 * stopped starts one server after another: none of them waits for what those after it will bring.
 */
export function agentSeen(request: AgentRequest): Promise<string> {
    const where = `, asked about at ${request.httpAddress},`;
    return passGate(request, where, () => untilSeen(request));
}

async function untilSeen(request: AgentRequest): Promise<void> {
    const { nodeName, httpAddress, askThrough = nodeName } = request;
    await startStopped(request);
    const contact = (await ClusterClients.of(request)).at(askThrough, httpAddress);
    // Asked before anything is waited for, as for a node that is reached itself.
    const formedBefore = await waitUntilKnownFormed([contact], answerLimit);
    const missing = () => memberProblem(contact, request);
    await waitFor(missing, { limit: answerLimit, interval: 100, onChange: progress });
    await deleteEarlierFlows(request);
    await configureAgent(request);
    const formed = formedBefore || (await joinCluster(contact, request));
    await holdFirstElection(request, () => Promise.resolve(formed));
    const limits = { limit: voterLimit, onChange: progress };
    if (request.role === "client") {
        await waitFor(() => settleClient(contact, request), limits);
    } else if (formed && (await hasQuorum(request))) {
        // The leader asks the servers once in an interval: after two of them what it reports is
        // about this container, and not about the one before it.
        const stableFor = 2 * healthInterval;
        await waitFor(() => settleServer(contact, request), { ...limits, stableFor });
    }
}

/** Whether the servers that run can have a leader. */
async function hasQuorum(request: AgentRequest): Promise<boolean> {
    const declared = Object.keys(request.servers).length + 1;
    return declared - (await stoppedServers(request)).length > declared / 2;
}

/** The other servers whose containers do not run; none where the engine does not answer. */
async function stoppedServers({ servers, log }: AgentRequest): Promise<string[]> {
    try {
        const engine = await Machine.of(log).engine();
        const running = await engine.ask<readonly ContainerInfo[]>("/containers/json");
        const names = new Set(running.flatMap(({ Names }) => Names));
        return Object.keys(servers).filter((name) => !names.has(`/${name}`));
    } catch {
        return [];
    }
}

/** Why the node is no living member yet, as the contact sees it. */
async function memberProblem(
    contact: ConsulClient,
    { nodeName, askThrough: queryVia = "" }: AgentRequest,
): Promise<Missing> {
    const isSeen = async () => livingMember(await contact.members(), nodeName) !== undefined;
    const stranger = await strangerProblem(contact, queryVia);
    return stranger ?? ((await isSeen()) ? undefined : `${queryVia} does not see it alive`);
}

function livingMember(members: readonly Member[], nodeName: string): Member | undefined {
    return members.find(({ Name, Status }) => Name === nodeName && Status === alive);
}

/**
 * Joins the contact to the others if it sees none after its own start, before which there was no node to
 * ask: it came back empty, and its arguments name no other node.
 *
 * @returns whether it is the node that is waited for, and part of a cluster now.
 */
async function joinCluster(
    contact: ConsulClient,
    { nodeName, askThrough: queryVia, servers }: AgentRequest,
): Promise<boolean> {
    if (nodeName !== queryVia) {
        return false;
    }
    const others = Object.keys(servers);
    const seesOther = async () => {
        const members = await contact.members();
        return others.some((name) => livingMember(members, name) !== undefined);
    };
    if (!(await seesOther())) {
        // Before the first election they are not there yet, and their names unknown.
        await Promise.all(others.map((name) => contact.join(name).catch(ifSilent(undefined))));
    }
    return (await contact.hasRaftConfiguration()) || (await seesOther());
}

/** Evicts a stale entry of a client's name; returns what the client still lacks. */
async function settleClient(contact: ConsulClient, { nodeName }: AgentRequest): Promise<Missing> {
    if ((await contact.leader()) === "") {
        return "the cluster has no leader";
    }
    const member = livingMember(await contact.members(), nodeName);
    return member === undefined
        ? "it is no living member"
        : evictStaleEntry(contact, nodeName, member.Tags?.id);
}

/** Evicts a stale entry of a server's name; returns what it still lacks, by the leader's account. */
async function settleServer(contact: ConsulClient, request: AgentRequest): Promise<Missing> {
    const { nodeName, servers } = request;
    if ((await contact.leader()) === "") {
        return "the cluster has no leader";
    }
    const health = await contact.health();
    const known = health.Servers.find(({ Name }) => Name === nodeName);
    const problem =
        voterProblem(health, known) ?? (await evictStaleEntry(contact, nodeName, known?.ID));
    if (problem !== undefined || (await stoppedServers(request)).length > 0) {
        // A server that does not run is no loss; a change of one that runs asks for its clearance.
        return problem;
    }
    return toleranceProblem(health, await contact.members(), Object.keys(servers));
}
