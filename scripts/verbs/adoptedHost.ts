import { lock } from "proper-lockfile";
import type { ConsulClient } from "../consul/consulClient.ts";
import { isOverridden, quorumProblem } from "../consul/quorum.ts";
import { inspectContainer, startContainer } from "../docker/container.ts";
import type { CallResult } from "../machine/dockerMachineCli.ts";
import type { Machine } from "../machine/machine.ts";
import { strangerProblem } from "../node/agentGate.ts";
import { voterProblem } from "../node/serverReady.ts";
import type { AdoptedAgent } from "../protocol/adoption.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";

/** How long a host may wait for those before it: minutes each, of some dozens. */
const retries = { retries: 7200, factor: 1, minTimeout: 1000, maxTimeout: 1000 };

/** Milliseconds for a cluster to be so well that it does without one of its servers. */
const healthyLimit = 120_000;

/** Milliseconds for an agent to be back once its Docker was restarted. */
const backLimit = 180_000;

/**
 * Makes a host a machine on which an agent runs that is adopted later: its Docker is restarted, and the agent with it.
 * So it is one host after another, each once the cluster can do without its server, and until that votes again.
 *
 * @param create makes the machine; an exit code other than 0 is for the caller.
 * @throws Error where the cluster cannot do without the server, and then nothing was touched; or where its agent is not
 *     back in time.
 */
export async function takeInTurn(
    machine: Machine,
    agent: AdoptedAgent,
    create: () => Promise<CallResult>,
): Promise<CallResult> {
    return alone(machine, async () => {
        const client = (await ClusterClients.of({})).at(agent.nodeName, agent.httpAddress);
        await untilSpared(client, agent);
        const result = await create();
        if (result.exitCode === 0) {
            await untilBack(machine, client, agent);
        }
        return result;
    });
}

/** Does something for which an agent stops that is adopted: nothing else of the kind is done meanwhile. */
export async function alone<T>(machine: Machine, work: () => Promise<T>): Promise<T> {
    const { root } = machine.layout;
    const release = await lock(root, { lockfilePath: `${root}/.adopting`, retries });
    return work().finally(release);
}

/** Waits until the agent answers, and its cluster can do without it. */
async function untilSpared(client: ConsulClient, agent: AdoptedAgent): Promise<void> {
    const { nodeName } = agent;
    try {
        await waitFor(() => spareProblem(client, agent), {
            limit: healthyLimit,
            onChange: progress,
        });
    } catch (error) {
        throw new Error(
            `${nodeName}: its host was left as it is, for its Consul would be restarted with its Docker ` +
                describeError(error),
            { cause: error },
        );
    }
}

/** Why an agent must not be stopped now, as far as the cluster tells. */
export async function spareProblem(
    client: ConsulClient,
    { nodeName, role }: Pick<AdoptedAgent, "nodeName" | "role">,
): Promise<Missing> {
    const stranger = await strangerProblem(client, nodeName);
    if (stranger !== undefined || role === "client") {
        return stranger;
    }
    if ((await client.leader()) === "") {
        return "the cluster has no leader";
    }
    return isOverridden() ? undefined : quorumProblem(await client.health(), nodeName);
}

async function untilBack(
    machine: Machine,
    client: ConsulClient,
    { nodeName, role, container }: AdoptedAgent,
): Promise<void> {
    const engine = await machine.engine();
    const back = async (): Promise<Missing> => {
        const found = await inspectContainer(engine, container);
        if (found?.State.Status === "exited" || found?.State.Status === "created") {
            progress(`${nodeName}: starting its container "${container}" again`);
            await startContainer(engine, container);
        }
        if ((await client.leader()) === "") {
            return "the cluster has no leader";
        }
        if (role === "client") {
            return undefined;
        }
        const [{ Config, Stats }, health] = await Promise.all([client.self(), client.health()]);
        const known = health.Servers.find(({ ID }) => ID === Config.NodeID);
        return voterProblem(health, known, Number(Stats.raft?.applied_index ?? 0));
    };
    try {
        await waitFor(back, { limit: backLimit, stableFor: 2500, onChange: progress });
    } catch (error) {
        throw new Error(
            `${nodeName}: its host is a machine now, and its container "${container}" is not back after the restart of ` +
                `its Docker ${describeError(error)}. Its data are untouched. See its log there; then run \`pulumi up\` again.`,
            { cause: error },
        );
    }
}
