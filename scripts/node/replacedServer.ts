import { clientAt } from "../consul/clientAt.ts";
import type { ClusterHealth } from "../consul/consulClient.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { describeError, progress } from "../system/progress.ts";
import { overrideVariable } from "../consul/quorum.ts";
import type { MembershipRequest } from "../protocol/requests.ts";
import { declaredMachines } from "../machine/roster.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for the servers replaced before this one to be back: a machine of a cloud takes minutes. */
const othersLimit = 20 * 60_000;

/** Whether this is a server that comes back, empty; without the others it takes all data along. */
export async function isReplaced({ role, agent }: MembershipRequest): Promise<boolean> {
    return role === "server" && (await declaredMachines(agent.store)).includes(agent.machine);
}

/**
 * Waits until the data outlive this server; an operator who overrides it has been told.
 *
 * @param contact another server that knows a leader; undefined where none answers.
 * @throws Error when the data are on this server alone, or the others do not come back.
 */
export async function guardReplacement(
    { nodeName, httpAddress, servers, api }: MembershipRequest,
    contact: ConsulClient | undefined,
): Promise<void> {
    if (process.env[overrideVariable] === "1") {
        return;
    }
    const wayOut = `or, if its data may be lost, run this with ${overrideVariable}=1.`;
    if (contact === undefined) {
        const own = clientAt(httpAddress, api);
        if (await own.hasRaftConfiguration().catch(() => false)) {
            throw new Error(
                `${nodeName}: its machine is to be replaced, but no other server answers, so the ` +
                    "cluster's data would go with it. Nothing was touched. Bring the other " +
                    `servers back first, or add some; ${wayOut}`,
            );
        }
        return;
    }
    const declared = Object.keys(servers).length + 1;
    const missing = async () => replacementProblem(await contact.health(), nodeName, declared);
    try {
        await waitFor(missing, { limit: othersLimit, interval: 1000, onChange: progress });
    } catch (error) {
        throw new Error(
            `${nodeName}: its machine is not replaced ${describeError(error)}. Nothing of it was ` +
                `touched. Bring the other servers back first; ${wayOut}`,
            { cause: error },
        );
    }
}

/**
 * What is missing before this server may leave to be made anew, empty; undefined once nothing is.
 *
 * The others have to be a quorum of all that are declared, not of those that are left: of three
 * replaced side by side the last would take the data with it.
 *
 * @param declared number of servers that the cluster is to have, this one included.
 */
export function replacementProblem(
    { Servers }: ClusterHealth,
    nodeName: string,
    declared: number,
): string | undefined {
    const healthy = (Servers ?? []).filter(
        ({ Name, Voter, Healthy }) => Voter && Healthy && Name !== nodeName,
    ).length;
    // Two bear no loss at any time; then the other one has to be there, with the data.
    const needed = declared === 2 ? 1 : Math.floor(declared / 2) + 1;
    return healthy >= needed
        ? undefined
        : `${healthy} of ${declared - 1} other servers are healthy voters, ${needed} are needed`;
}
