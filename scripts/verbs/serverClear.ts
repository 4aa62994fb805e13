import type { ConsulClient } from "../consul/consulClient.ts";
import { ifSilent } from "../consul/consulError.ts";
import { findLedServer, transferLeadership } from "../consul/leadership.ts";
import { askForGuard, guardQuorum, isOverridden, overrideVariable } from "../consul/quorum.ts";
import { takeSnapshot } from "../consul/snapshot.ts";
import type { ClearanceRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { progress } from "../system/progress.ts";

/** Milliseconds for an election; one after a crash takes a few seconds. */
const electionLimit = 15_000;

/**
 * Prepares the replacement of a server's container: refuses it where the cluster would lose its
 * quorum, takes a snapshot, and transfers leadership from this server if it leads, so that no election
 * has to wait for a time-out. A server that does not respond, nor a witness for it, is being repaired, and needs
 * neither.
 *
 * @throws Error also where a server answers and does not let us in: it is not one that is down.
 */
export async function clearServer(request: ClearanceRequest): Promise<string> {
    const { nodeName, httpAddress, askThrough: queryVia = nodeName, snapshots } = request;
    const clients = await ClusterClients.of(request);
    const always = () => Promise.resolve(true);
    const led = async (agent: ConsulClient) => {
        const found = findLedServer([agent], electionLimit, always).catch(ifSilent(undefined));
        return askForGuard(nodeName, found, undefined);
    };
    let agent = await led(clients.at(queryVia, httpAddress));
    for (const witness of clients.all(request.witness ?? {})) {
        agent ??= await led(witness);
    }
    const health = agent && (await askForGuard(nodeName, agent.health(), undefined));
    if (agent === undefined || health === undefined) {
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
    guardQuorum(health, nodeName);
    if (snapshots !== undefined) {
        progress(`snapshot: ${await takeSnapshot(agent, snapshots)}`);
    }
    const leads = health.Servers.some(({ Name, Leader }) => Name === nodeName && Leader);
    if (leads && health.Servers.length > 1) {
        await transferLeadership(agent, nodeName);
    }
    return "clear";
}
