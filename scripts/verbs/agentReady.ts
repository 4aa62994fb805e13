import type { ConsulClient } from "../consul/consulClient.ts";
import { evictStaleEntry } from "../consul/evict.ts";
import { hasFormed, responds, waitUntilKnownFormed } from "../consul/leadership.ts";
import {
    answerLimit,
    configureAgent,
    deleteEarlierFlows,
    passGate,
    startStopped,
    strangerProblem,
} from "../node/agentGate.ts";
import { holdFirstElection } from "../node/firstElection.ts";
import { joinIfAlone, untilVoter, voterLimit } from "../node/serverReady.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";

/**
 * Waits until one agent does its part.
 *
 * While the cluster has not formed yet, or too few servers respond for a quorum, its part is to
 * respond: a server cannot do more before the others have started. Once it has formed, a server must
 * be a voter, alive and caught up, and the cluster must tolerate the failure of another server, so
 * that the next one may be changed; a client must reach a leader.
 */
export function agentReady(request: AgentRequest): Promise<string> {
    return passGate(request, ` at ${request.httpAddress}`, () => untilReady(request));
}

/** Waits likewise for an agent that was restarted as it is: its configuration is left alone. */
export function agentBack(request: AgentRequest): Promise<string> {
    return passGate(request, ` at ${request.httpAddress}`, () => untilReady(request, false));
}

/** For an agent that existed before: it gets what changed of its configuration, and goes on. */
export async function agentKnown(request: AgentRequest): Promise<string> {
    await configureAgent(request);
    return "ready";
}

async function untilReady(request: AgentRequest, configures = true): Promise<void> {
    const { nodeName, role, httpAddress, servers } = request;
    await startStopped(request);
    const clients = await ClusterClients.of(request);
    const agent = clients.at(nodeName, httpAddress);
    const others = [...clients.all(servers), ...clients.ofJoined()];
    const all = [agent, ...others];
    // Asked before anything is waited for: a cluster that forms while this server, its last, is
    // starting is the cluster gate's to wait for, not a change to be careful about.
    const formedBefore = role === "server" && (await waitUntilKnownFormed(all, answerLimit));
    const missing = () => strangerProblem(agent, nodeName);
    const answering = waitFor(missing, { limit: answerLimit, interval: 100, onChange: progress });
    // Its container runs already, so both may be done at once.
    await Promise.all([answering, deleteEarlierFlows(request)]);
    if (configures) {
        await configureAgent(request);
    }
    // Asked again: an agent that was just starting did not report its data before.
    await holdFirstElection(request, async () => formedBefore || (await hasFormed(all, false)));
    if (role === "client") {
        const settle = () => settleClient(agent, request);
        await waitFor(settle, { limit: voterLimit, onChange: progress });
    } else if (formedBefore && (await quorumAnswers(nodeName, others))) {
        await untilVoter(agent, request, clients);
    }
}

/** Whether enough servers respond to elect a leader, this one included. Where they do not, as when
 * all machines have other addresses, a server that waited for a leader would block the change of
 * those that could elect one. */
async function quorumAnswers(nodeName: string, others: readonly ConsulClient[]): Promise<boolean> {
    const answers = await Promise.all(others.map(responds));
    const answering = answers.filter((isThere) => isThere).length + 1;
    const declared = others.length + 1;
    const isEnough = answering >= Math.floor(declared / 2) + 1;
    if (!isEnough) {
        progress(`${nodeName}: ${answering} of ${declared} servers answer: no quorum`);
    }
    return isEnough;
}

/** Joins a client to the servers, and evicts a stale entry of its name; returns what it still lacks. */
async function settleClient(agent: ConsulClient, request: AgentRequest): Promise<Missing> {
    await joinIfAlone(agent, request);
    if ((await agent.leader()) === "") {
        return "it reaches no leader";
    }
    const { NodeName, NodeID } = (await agent.self()).Config;
    return evictStaleEntry(agent, NodeName, NodeID);
}
