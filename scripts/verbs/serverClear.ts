import { clientAt } from "../consul/clientAt.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { progress, sleep } from "../system/progress.ts";
import { guardQuorum, overrideVariable } from "../consul/quorum.ts";
import type { ClearanceRequest } from "../protocol/requests.ts";
import { takeSnapshot } from "../consul/snapshot.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for an election to end; one after a crash takes a few seconds. */
const electionLimit = 15_000;

/** Time for another server to take over; a handed-over leadership takes a fraction of a second. */
const handOverLimit = 15_000;

/**
 * Makes way for the replacement of a server's container: refuses it where the cluster would lose
 * its quorum, takes a snapshot, and hands leadership over where this server has it, so that it is never lost by
 * time-out. A server that does not answer is being repaired, and needs neither.
 */
export async function clearServer(request: ClearanceRequest): Promise<string> {
    const { nodeName, httpAddress, askThrough = nodeName, snapshots } = request;
    const agent = clientAt(httpAddress, request.api);
    if (!(await findsLeader(agent))) {
        guardUnseen(nodeName, askThrough);
        progress(`${nodeName} has no leader to answer to; it is replaced as it is`);
        return "clear";
    }
    const health = await agent.health();
    guardQuorum(health, nodeName);
    if (snapshots !== undefined) {
        progress(`snapshot: ${await takeSnapshot(httpAddress, snapshots)}`);
    }
    const own = (health.Servers ?? []).find(({ Name }) => Name === nodeName);
    if (own?.Leader === true && (health.Servers ?? []).length > 1) {
        await handOver(agent, nodeName);
    }
    return "clear";
}

/** A silent node of a shared machine says nothing of the one that it is asked about: that one may be
 * what the quorum hangs on. */
function guardUnseen(nodeName: string, askThrough: string): void {
    if (askThrough !== nodeName && process.env[overrideVariable] !== "1") {
        throw new Error(
            `${nodeName}: it is asked about through ${askThrough}, which knows no leader, so ` +
                "nobody can say what its replacement would cost. Nothing was touched. Bring " +
                `${askThrough} back first; or run this with ${overrideVariable}=1.`,
        );
    }
}

/** Whether the agent knows a leader, waited for through an election while it answers. */
async function findsLeader(agent: ConsulClient): Promise<boolean> {
    const end = Date.now() + electionLimit;
    while (Date.now() < end) {
        const leader = await agent.leader().catch(() => undefined);
        if (leader === undefined) {
            return false;
        }
        if (leader !== "") {
            return true;
        }
        await sleep(500);
    }
    return false;
}

/** Hands leadership over, and waits until another server has it; where Consul cannot, it is lost when
 * the server stops, and the others elect. */
export async function handOver(agent: ConsulClient, nodeName: string): Promise<void> {
    if (!agent.offers.handOver) {
        progress(`${nodeName} leads, and cannot hand over: the others elect once it stops`);
        return;
    }
    progress(`${nodeName} hands leadership over`);
    const before = await agent.leader();
    await agent.transferLeadership();
    await waitFor(
        async () => {
            const now = await agent.leader();
            return now === "" || now === before ? "nobody has taken over yet" : undefined;
        },
        { limit: handOverLimit, interval: 50 },
    );
}
