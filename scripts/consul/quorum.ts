import { progress } from "../system/progress.ts";
import type { ClusterHealth } from "./answers.ts";
import type { ConsulClient } from "./consulClient.ts";
import { lockedOut } from "./consulError.ts";

/** The environment variable by which an operator overrides the guards of quorum and data, for one run. */
export const overrideVariable = "CONSUL_MACHINES_OVERRIDE_QUORUM";

/** Whether the operator overrides the guards: by "1", and no other value. */
export function isOverridden(): boolean {
    return process.env[overrideVariable] === "1";
}

/**
 * What a guard learns from an agent.
 *
 * @param nodeName the node that is about to be changed.
 * @param ifOverridden what it is taken for where an agent does not let us in, and the operator overrides the guards.
 * @throws Error where an agent does not let us in, unless the operator overrides the guards: what the change would cost
 *     is unknown.
 */
export async function askForGuard<T, D>(
    nodeName: string,
    answer: Promise<T>,
    ifOverridden: D,
): Promise<T | D> {
    try {
        return await answer;
    } catch (error) {
        const lock = lockedOut(error);
        if (lock === undefined) {
            throw error;
        }
        if (isOverridden()) {
            progress(`${nodeName}: ${lock.message}`);
            return ifOverridden;
        }
        const message =
            `${nodeName}: what its change would cost the cluster is unknown, and nothing was touched: ` +
            `${lock.message}; or, if you know that the cluster can do without it, run this with ` +
            `${overrideVariable}=1.`;
        throw new Error(message, { cause: error });
    }
}

/**
 * Why this server must not stop now; undefined if it may.
 *
 * It may if the other healthy voters are a quorum without it. A cluster of one or two servers tolerates
 * no failure at any time, so there is nothing to wait for. A server that is not healthy itself takes
 * nothing away by stopping.
 */
export function quorumProblem(health: ClusterHealth, nodeName: string): string | undefined {
    const voters = health.Servers.filter(({ Voter }) => Voter);
    const own = voters.find(({ Name }) => Name === nodeName);
    if (own?.Healthy !== true || voters.length <= 2) {
        return undefined;
    }
    const others = voters.filter(({ Name, Healthy }) => Healthy && Name !== nodeName).length;
    const quorum = Math.floor(voters.length / 2) + 1;
    if (others >= quorum) {
        return undefined;
    }
    const unhealthy = voters.filter(({ Healthy }) => !Healthy).map(({ Name }) => Name);
    return (
        `${nodeName}: without it ${others} of ${voters.length} voters would be healthy, and a ` +
        `quorum is ${quorum}; not healthy now: ${unhealthy.join(", ")}. Nothing was touched. Bring ` +
        `${unhealthy.length === 1 ? "that server" : "those servers"} back first; or, if losing the ` +
        `quorum is what you want, run this with ${overrideVariable}=1.`
    );
}

/** @throws Error where the quorum would be lost, unless the operator overrides the guard. */
export function guardQuorum(health: ClusterHealth, nodeName: string): void {
    const problem = quorumProblem(health, nodeName);
    if (problem !== undefined && !isOverridden()) {
        throw new Error(problem);
    }
}

/**
 * The fewest voters that autopilot may leave when it cleans up failed servers.
 *
 * With Consul's own default, none, a cluster of three that loses one server becomes a cluster of two: a
 * failure can then not be told from a removal, and a change of one of the two costs the quorum. A
 * minimum of three keeps the failed server in the count until another one takes its place. Larger
 * clusters may shrink to a quorum of their size, so they tolerate more failures one after another.
 *
 * @param servers number of servers that the cluster has.
 * @returns 0, no minimum, for a cluster that tolerates no failure anyway.
 */
function minimumQuorum(servers: number): number {
    return servers < 3 ? 0 : Math.max(3, Math.floor(servers / 2) + 1);
}

/** Sets that minimum. Autopilot's settings live in Raft, and a configuration file is read only
 * before the first election, so it is set through the leader. */
export async function setMinimumQuorum(client: ConsulClient, servers: number): Promise<void> {
    const MinQuorum = minimumQuorum(servers);
    const settings = await client.autopilotSettings();
    if (settings.MinQuorum !== MinQuorum) {
        await client.setAutopilot({ ...settings, MinQuorum });
    }
}
