import type { ContainerInspectInfo } from "dockerode";
import { lock } from "proper-lockfile";
import type { ConsulClient } from "../consul/consulClient.ts";
import { evictLimit, evictMember, evictPeer } from "../consul/evict.ts";
import { transferLeadership } from "../consul/leadership.ts";
import { guardQuorum } from "../consul/quorum.ts";
import { Machine } from "../machine/machine.ts";
import type { ContainerRef, MembershipRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import { Store } from "../machine/store.ts";

/** Milliseconds for an agent to have left and ended: Consul gives itself fifteen seconds. */
const leaveLimit = 30_000;

/** Lets a node leave once no other one of this store does: each one that leaves changes the quorum that the
 * next is measured by. */
export async function lockLeaving(store: string, leave: () => Promise<void>): Promise<void> {
    const { root } = new Store(store).layout;
    // For as long as a server that is replaced may wait for the one before it.
    const retries = { retries: 14_400, factor: 1, minTimeout: 500, maxTimeout: 500 };
    const release = await lock(root, { lockfilePath: `${root}/.leaving`, retries });
    await leave().finally(release);
}

/**
 * Prepares a server to leave: refuses where the quorum would be lost, and transfers its leadership.
 *
 * @param contact a node that knows a leader.
 * @param via whom to ask for the transfer; undefined where the node itself does not respond.
 * @returns the server's id; undefined for a client, and where the cluster does not know it.
 * @throws Error where the quorum would be lost; nothing has changed then.
 */
export async function prepareToLeave(
    { nodeName, role }: MembershipRequest,
    contact: ConsulClient,
    via: ConsulClient | undefined,
): Promise<string | undefined> {
    if (role === "client") {
        return undefined;
    }
    const health = await contact.health();
    guardQuorum(health, nodeName);
    const own = health.Servers.find(({ Name }) => Name === nodeName);
    if (via !== undefined && own?.Leader === true) {
        await transferLeadership(via, nodeName);
    }
    return own?.ID;
}

/** Has its engine not start a container again. */
export async function keepStopped(ref: ContainerRef): Promise<void> {
    const engine = await Machine.of(ref).engine();
    await engine.update(ref.container, { RestartPolicy: { Name: "no" } });
}

/** Runs `consul leave` in the agent's own container, and waits until that has ended. It is kept stopped:
 * started again, the agent would join again. */
export async function leaveFromInside(ref: ContainerRef): Promise<void> {
    await keepStopped(ref);
    const engine = await Machine.of(ref).engine();
    const path = `/containers/${encodeURIComponent(ref.container)}`;
    const exec = { method: "POST", json: { Cmd: ["consul", "leave"] } } as const;
    const { Id } = await engine.ask<{ readonly Id: string }>(`${path}/exec`, exec);
    await engine.ask(`/exec/${Id}/start`, { method: "POST", json: { Detach: true } });
    const hasEnded = async () => {
        const { State } = await engine.ask<ContainerInspectInfo>(`${path}/json`);
        return State.Running ? "its container still runs" : undefined;
    };
    await waitFor(hasEnded, { limit: leaveLimit, interval: 500 });
}

/**
 * Waits until the cluster no longer lists a node that has left or is lost; what does not go by itself
 * is removed.
 *
 * @param id of {@link prepareToLeave}.
 * @throws Error saying where it is still listed, after a minute.
 */
export async function evictNode(
    { nodeName, role }: MembershipRequest,
    id: string | undefined,
    contact: ConsulClient,
): Promise<void> {
    const evict = async () => {
        const peer = role === "server" ? await evictPeer(nodeName, id, contact) : undefined;
        return peer ?? evictMember(nodeName, contact);
    };
    await waitFor(evict, { limit: evictLimit, interval: 500, onChange: progress });
}
