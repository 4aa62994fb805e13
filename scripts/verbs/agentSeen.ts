import { configureAgent } from "../node/agentConfigure.ts";
import { answerLimit, forgetEarlierContainer } from "./agentReady.ts";
import { alive, type Member } from "../consul/consulClient.ts";
import { ConsulClient } from "../consul/consulClient.ts";
import { containerLog } from "../docker/containerLog.ts";
import { holdFirstElection } from "../node/firstElection.ts";
import { engineOf } from "../machine/machineEngine.ts";
import { describeError, progress } from "../system/progress.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import {
    catchUpSlack,
    earlierIdentity,
    healthInterval,
    lossProblem,
    standingProblem,
    voterLimit,
} from "../node/serverReady.ts";
import { waitFor } from "../system/waitFor.ts";

/**
 * Waits until an agent that shares its machine does its part, as the one node tells that is reached
 * there: what each agent says of itself stays inside the machine.
 *
 * While the cluster has not formed yet, its part is to be a living member. Once it has, a server is
 * waited for until the leader has it as a voter, alive, caught up, and the cluster could bear the
 * loss of another; a client until there is a leader and the catalog lists it. A cluster that stood
 * still starts one server after another: none of them waits for what those to come will bring.
 */
export async function agentSeen(request: AgentRequest): Promise<string> {
    const contact = new ConsulClient(request.httpAddress);
    try {
        // Asked before anything is waited for, as for a node that is reached itself.
        const formedBefore = await contact.hasRaftConfiguration().catch(() => false);
        await waitFor(() => isMember(contact, request), {
            limit: answerLimit,
            interval: 100,
            onChange: progress,
        });
        await forgetEarlierContainer(request);
        await configureAgent(request);
        const formed = formedBefore || (await findsCluster(contact, request));
        await holdFirstElection(request, () => Promise.resolve(formed));
        if (request.role === "client") {
            await waitFor(() => isListed(contact, request), {
                limit: voterLimit,
                onChange: progress,
            });
        } else if (formed && hasQuorum(await missingServers(request), request)) {
            await waitFor(() => isVoter(contact, request), {
                limit: voterLimit,
                // The leader asks the servers once in an interval: after two of them what it says
                // is of this container, and not of the one before it.
                stableFor: 2 * healthInterval,
                onChange: progress,
            });
        }
    } catch (error) {
        const log = await containerLog(request.log);
        throw new Error(
            `${request.nodeName}: its agent, asked about at ${request.httpAddress}, is not ready ` +
                `${describeError(error)}\nThe last lines of its log:\n  ${log.join("\n  ")}`,
            { cause: error },
        );
    }
    return "ready";
}

/** The other servers whose containers do not run; none where the engine does not say. */
async function missingServers({ servers, log }: AgentRequest): Promise<string[]> {
    try {
        const engine = await engineOf(log.store, log.machine);
        const running = (await engine.ask("/containers/json")) as readonly {
            readonly Names: readonly string[];
        }[];
        const names = new Set(running.flatMap(({ Names }) => Names));
        return Object.keys(servers).filter((name) => !names.has(`/${name}`));
    } catch {
        return [];
    }
}

/** Whether the servers that run can have a leader. */
function hasQuorum(missing: readonly string[], { servers }: AgentRequest): boolean {
    const declared = Object.keys(servers).length + 1;
    return declared - missing.length > declared / 2;
}

/** Why the node is no living member yet, as far as the node sees it that is asked. */
async function isMember(
    contact: ConsulClient,
    { nodeName, askThrough }: AgentRequest,
): Promise<string | undefined> {
    const { Config } = await contact.self();
    if (Config.NodeName !== askThrough) {
        return `the agent there is "${Config.NodeName}", of another cluster or stack`;
    }
    const found = livingMember(await contact.members(), nodeName);
    return found === undefined ? `${Config.NodeName} does not see it alive` : undefined;
}

function livingMember(members: readonly Member[], nodeName: string): Member | undefined {
    return members.find(({ Name, Status }) => Name === nodeName && Status === alive);
}

/**
 * Whether the node that is reached finds a cluster after its own start, which nobody could be asked
 * about before. One that came back empty, and names nobody in its arguments, is told of the others.
 */
async function findsCluster(
    contact: ConsulClient,
    { nodeName, askThrough, servers }: AgentRequest,
): Promise<boolean> {
    if (nodeName !== askThrough) {
        return false;
    }
    const others = Object.keys(servers);
    const seen = async () =>
        (await contact.members()).some(
            ({ Name, Status }) => Status === alive && others.includes(Name),
        );
    if (!(await seen())) {
        // Before the first election they are not there yet, and their names unknown.
        await Promise.all(others.map((name) => contact.join(name).catch(() => undefined)));
    }
    return (await contact.hasRaftConfiguration()) || (await seen());
}

async function isListed(
    contact: ConsulClient,
    { nodeName }: AgentRequest,
): Promise<string | undefined> {
    if ((await contact.leader()) === "") {
        return "the cluster has no leader";
    }
    const member = livingMember(await contact.members(), nodeName);
    return member === undefined
        ? "it is no living member"
        : identityProblem(contact, nodeName, member.Tags?.id);
}

/** What a server still lacks to be a full member, by the leader's account. */
async function isVoter(contact: ConsulClient, request: AgentRequest): Promise<string | undefined> {
    const { nodeName, servers } = request;
    if ((await contact.leader()) === "") {
        return "the cluster has no leader";
    }
    const health = await contact.health();
    const known = (health.Servers ?? []).find(({ Name }) => Name === nodeName);
    const leader = (health.Servers ?? []).find(({ Leader }) => Leader);
    if (known === undefined || leader === undefined) {
        return "the leader does not know it yet";
    }
    const standing = standingProblem(known);
    if (standing !== undefined) {
        return standing;
    }
    if (known.LastIndex + catchUpSlack < leader.LastIndex) {
        return `it has ${known.LastIndex} of ${leader.LastIndex} log entries`;
    }
    const identity = await identityProblem(contact, nodeName, known.ID);
    if (identity !== undefined || (await missingServers(request)).length > 0) {
        // What is not running is nobody's loss; a change of one that is asks its clearance.
        return identity;
    }
    return lossProblem(health, await contact.members(), Object.keys(servers));
}

async function identityProblem(
    contact: ConsulClient,
    nodeName: string,
    id: string | undefined,
): Promise<string | undefined> {
    return id === undefined
        ? undefined
        : earlierIdentity(contact, { NodeName: nodeName, NodeID: id });
}
