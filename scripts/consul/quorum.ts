import type { ClusterHealth } from "./consulClient.ts";

/** How an operator overrides the guard: by this variable, for one run. */
export const overrideVariable = "CONSUL_MACHINES_OVERRIDE_QUORUM";

/**
 * Why this server must not stop now; undefined if it may.
 *
 * It may where the other healthy voters are a quorum without it. A cluster of one or two servers
 * bears no loss at any time, so there is nothing to wait for. A server that is not itself healthy
 * takes nothing away by stopping.
 */
export function quorumProblem(health: ClusterHealth, nodeName: string): string | undefined {
    const voters = (health.Servers ?? []).filter(({ Voter }) => Voter);
    const own = voters.find(({ Name }) => Name === nodeName);
    if (own?.Healthy !== true || voters.length <= 2) {
        return undefined;
    }
    const others = voters.filter(({ Name, Healthy }) => Healthy && Name !== nodeName).length;
    const quorum = Math.floor(voters.length / 2) + 1;
    if (others >= quorum) {
        return undefined;
    }
    const sick = voters.filter(({ Healthy }) => !Healthy).map(({ Name }) => Name);
    return (
        `${nodeName}: without it ${others} of ${voters.length} voters would be healthy, and a ` +
        `quorum is ${quorum}; not healthy now: ${sick.join(", ")}. Nothing was touched. Bring ` +
        `${sick.length === 1 ? "that server" : "those servers"} back first; or, if losing the ` +
        `quorum is what you want, run this with ${overrideVariable}=1.`
    );
}

/** Refuses where the quorum would be lost, unless the operator overrides it. */
export function guardQuorum(health: ClusterHealth, nodeName: string): void {
    const problem = quorumProblem(health, nodeName);
    if (problem !== undefined && process.env[overrideVariable] !== "1") {
        throw new Error(problem);
    }
}
