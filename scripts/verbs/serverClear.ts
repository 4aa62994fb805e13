import { clientAt } from "../consul/consulClient05.ts";
import { findLedServer, transferLeadership } from "../consul/leadership.ts";
import { guardQuorum, isOverridden, overrideVariable } from "../consul/quorum.ts";
import { takeSnapshot } from "../consul/snapshot.ts";
import type { ClearanceRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";

/** Milliseconds for an election; one after a crash takes a few seconds. */
const electionLimit = 15_000;

/**
 * Prepares the replacement of a server's container: refuses it where the cluster would lose its
 * quorum, takes a snapshot, and transfers leadership from this server if it leads, so that no election
 * has to wait for a time-out. A server that does not respond is being repaired, and needs neither.
 */
export async function clearServer(request: ClearanceRequest): Promise<string> {
    const { nodeName, httpAddress, askThrough: queryVia = nodeName, snapshots, api } = request;
    const agent = clientAt(httpAddress, api);
    const always = () => Promise.resolve(true);
    const led = await findLedServer([agent], electionLimit, always).catch(() => undefined);
    if (led === undefined) {
        // The node that is asked says nothing about another one: that one may be what the quorum needs.
        if (queryVia !== nodeName && !isOverridden()) {
            throw new Error(
                `${nodeName}: it is asked about through ${queryVia}, which knows no leader, so what its ` +
                    "replacement would cost is unknown. Nothing was touched. Bring " +
                    `${queryVia} back first; or run this with ${overrideVariable}=1.`,
            );
        }
        progress(`${nodeName} reports no leader; it is replaced as it is`);
        return "clear";
    }
    const health = await agent.health();
    guardQuorum(health, nodeName);
    if (snapshots !== undefined) {
        progress(`snapshot: ${await takeSnapshot(httpAddress, snapshots)}`);
    }
    const leads = health.Servers.some(({ Name, Leader }) => Name === nodeName && Leader);
    if (leads && health.Servers.length > 1) {
        await transferLeadership(agent, nodeName);
    }
    return "clear";
}
