import { isBeingTornDown } from "../machine/teardownMarker.ts";
import { ConsulClient } from "../consul/consulClient.ts";
import { leaveFromInside } from "../node/leaveFromInside.ts";
import { aloneIn, forgetLimit, idOf, remembered } from "./memberLeave.ts";
import { describeError, progress } from "../system/progress.ts";
import { guardQuorum, overrideVariable } from "../consul/quorum.ts";
import { declaredMachines } from "../machine/roster.ts";
import type { MembershipRequest } from "../protocol/requests.ts";
import { handOver } from "./serverClear.ts";
import { waitFor } from "../system/waitFor.ts";

/**
 * Takes a node that shares its machine out of a cluster that lives on. Its agent is told by its own
 * container, for nobody else reaches it; the rest is asked of the node that is reached.
 *
 * @throws Error when the cluster would lose its quorum, or all its data with the machine.
 */
export async function withdrawMember(request: MembershipRequest): Promise<undefined> {
    const { agent, owner, nodeName } = request;
    if (isBeingTornDown(agent.store, owner)) {
        return undefined;
    }
    const contact = new ConsulClient(request.httpAddress);
    if ((await declaredMachines(agent.store)).includes(`${agent.machine}/${nodeName}`)) {
        await guardData(request, contact);
        return undefined;
    }
    const release = await aloneIn(agent.store);
    try {
        await withdraw(request, contact);
    } finally {
        await release();
    }
    return undefined;
}

/** A node that is still declared goes with the machine, and with it every other one. */
async function guardData(
    { role, nodeName, agent }: MembershipRequest,
    contact: ConsulClient,
): Promise<void> {
    const hasData = role === "server" && (await contact.hasRaftConfiguration().catch(() => false));
    if (hasData && process.env[overrideVariable] !== "1") {
        throw new Error(
            `${nodeName}: its machine "${agent.machine}" is to be replaced, and all of the ` +
                "cluster's data are on it. Nothing was touched. Take a snapshot first " +
                "(`consul snapshot save`), then run this with " +
                `${overrideVariable}=1, and restore the snapshot afterwards.`,
        );
    }
}

async function withdraw(request: MembershipRequest, contact: ConsulClient): Promise<void> {
    const { nodeName, role, agent, httpAddress } = request;
    const leader = await contact.leader().catch(() => undefined);
    if (leader === undefined || leader === "") {
        progress(`${nodeName}: no cluster answers at ${httpAddress}; there is nobody to leave`);
        return;
    }
    const id = await idOf(nodeName, contact);
    if (role === "server") {
        const health = await contact.health();
        guardQuorum(health, nodeName);
        if ((health.Servers ?? []).some(({ Name, Leader }) => Name === nodeName && Leader)) {
            await handOver(contact, nodeName);
        }
    }
    progress(`${nodeName} leaves the cluster`);
    await leaveFromInside(agent).catch((error: unknown) => {
        progress(`${nodeName}: ${describeError(error)}`);
    });
    await waitFor(() => remembered(request, id, contact), {
        limit: forgetLimit,
        interval: 500,
        onChange: progress,
    });
}
