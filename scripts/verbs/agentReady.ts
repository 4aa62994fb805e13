import { configureAgent } from "../node/agentConfigure.ts";
import { clientAt } from "../consul/clientAt.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { containerLog } from "../docker/containerLog.ts";
import { holdFirstElection } from "../node/firstElection.ts";
import { OthersJoiner } from "../node/joinOthers.ts";
import { describeError, progress } from "../system/progress.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { earlierIdentity, untilVoter, voterLimit } from "../node/serverReady.ts";
import { forgetStaleFlows } from "../machine/staleFlows.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for an agent to open its HTTP port: a fraction of a second, unless the machine is busy. */
export const answerLimit = 90_000;

/**
 * Waits until one agent does its part.
 *
 * While the cluster has not formed yet, or too few servers answer for a quorum, its part is to
 * answer: a server cannot ask for more before the others have started. Once it has formed, a server
 * is waited for until it is a voter, alive, caught up, and the cluster could bear the loss of another
 * server, so that the next one may be touched; a client until it reaches a leader.
 */
export async function agentReady(request: AgentRequest): Promise<string> {
    const agent = clientAt(request.httpAddress, request.api);
    try {
        // Asked before anything is waited for: a cluster that forms while this server, its last,
        // is starting is the cluster gate's to watch, not a change to be careful about.
        const formedBefore = request.role === "server" && (await hasFormed(agent, request));
        const answering = waitFor(() => answers(agent, request), {
            limit: answerLimit,
            interval: 100,
            onChange: progress,
        });
        // Its container runs already: beside each other these take half as long.
        await Promise.all([answering, forgetEarlierContainer(request)]);
        await configureAgent(request);
        // An agent that was just starting said nothing of the data that it has.
        await holdFirstElection(
            request,
            async () => formedBefore || (await hasFormed(agent, request)),
        );
        if (request.role === "client") {
            const joiner = new OthersJoiner(agent, request);
            await waitFor(() => reachesLeader(agent, joiner), {
                limit: voterLimit,
                onChange: progress,
            });
        } else if (formedBefore && (await quorumAnswers(request))) {
            await untilVoter(agent, request);
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
    const others = Object.values(servers).map((address) => clientAt(address, api).self());
    const answering = (await Promise.allSettled(others)).filter((r) => r.status === "fulfilled");
    const declared = others.length + 1;
    const isEnough = answering.length + 1 >= Math.floor(declared / 2) + 1;
    if (!isEnough) {
        progress(`${nodeName}: ${answering.length + 1} of ${declared} servers answer: no quorum`);
    }
    return isEnough;
}

async function answers(
    agent: ConsulClient,
    { nodeName }: AgentRequest,
): Promise<string | undefined> {
    const { Config } = await agent.self();
    return Config.NodeName === nodeName
        ? undefined
        : `the agent there is "${Config.NodeName}", of another cluster or stack`;
}

async function reachesLeader(
    agent: ConsulClient,
    joiner: OthersJoiner,
): Promise<string | undefined> {
    await joiner.pullIn();
    if ((await agent.leader()) === "") {
        return "it reaches no leader";
    }
    const { Config } = await agent.self();
    return earlierIdentity(agent, Config);
}

/** Whether any server, this one included, holds a Raft configuration. */
async function hasFormed(agent: ConsulClient, { servers, api }: AgentRequest): Promise<boolean> {
    const others = Object.values(servers).map((address) => clientAt(address, api));
    const held = await Promise.all(
        [agent, ...others].map((one) => one.hasRaftConfiguration().catch(() => false)),
    );
    return held.includes(true);
}
