import type { ContainerInspectInfo } from "dockerode";
import { lock } from "proper-lockfile";
import type { ConsulClient } from "../consul/consulClient.ts";
import { ifSilent, lockedOut } from "../consul/consulError.ts";
import { evictLimit, evictMember, evictPeer } from "../consul/evict.ts";
import { findLedServer, hasFormed, transferLeadership } from "../consul/leadership.ts";
import { askForGuard, guardQuorum, isOverridden, overrideVariable } from "../consul/quorum.ts";
import { takeSnapshot } from "../consul/snapshot.ts";
import { Machine } from "../machine/machine.ts";
import { generationOf } from "../machine/machineRecord.ts";
import { Store } from "../machine/store.ts";
import { isBeingTornDown } from "../machine/teardownMarker.ts";
import { guardReplacement, isReplaced, takeTurn } from "../node/replacedServer.ts";
import type { ContainerRef, MembershipRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";

/** Milliseconds for an election; one after a crash takes a few seconds. */
const electionLimit = 20_000;

/** Milliseconds for an agent to have left and ended: Consul gives itself fifteen seconds. */
const leaveLimit = 30_000;

/**
 * Removes one node from a cluster that stays: a leader transfers its leadership first, the agent
 * leaves by itself if it still responds, and the others evict it. One node at a time, also where
 * several are removed at once.
 *
 * A server that is still declared is being replaced, with its machine and its data: it also waits
 * until those replaced before it are back.
 *
 * When the whole stack is removed, a cluster of its own goes with it, and there is nothing to leave;
 * the cluster of another stack, which it has joined, stays.
 *
 * @throws Error when the cluster would lose its quorum or its data, or keeps the node.
 */
export async function leaveCluster(request: MembershipRequest): Promise<undefined> {
    const { agent, nodeName, joined: externalServers = [] } = request;
    const isTeardown = isBeingTornDown(agent.store, request.owner);
    if (isTeardown && externalServers.length === 0) {
        return;
    }
    const record = await Machine.of(agent).record();
    if (record !== undefined && generationOf(record) !== generationOf(request)) {
        // A newer generation replaced this node's lost machine, and its gate has evicted the old member.
        progress(`${nodeName} stays, on its machine of generation ${generationOf(record)}`);
        return;
    }
    const replaced = !isTeardown && (await isReplaced(request));
    const endTurn = replaced ? await takeTurn(request) : undefined;
    try {
        await alone(agent.store, () => leave(request, replaced));
    } finally {
        await endTurn?.();
    }
}

async function leave(request: MembershipRequest, replaced: boolean): Promise<void> {
    const { agent, nodeName, httpAddress, snapshots } = request;
    const clients = await ClusterClients.of(request);
    const own = clients.at(nodeName, httpAddress);
    const contact = await findContact(request, clients);
    if (replaced) {
        await guardReplacement(request, own, contact);
    }
    if (contact === undefined) {
        progress(`${nodeName}: no other server answers; there is no cluster to leave`);
        return;
    }
    if (replaced && snapshots !== undefined) {
        progress(`snapshot: ${await takeSnapshot(contact, snapshots)}`);
    }
    const answers = await askForGuard(nodeName, answersAs(nodeName, own), false);
    const id = await prepare(request, contact, answers ? own : undefined);
    if (answers) {
        // An agent that has left ends; its engine would start it again, to join again.
        await keepStopped(agent);
        await announced(nodeName, own.offers.leave ? own.leave() : leaveFromInside(agent));
    }
    await evict(request, id, contact);
}

/** Whether it is this node's agent that answers. @throws LockedOutError where that is not to be known. */
function answersAs(nodeName: string, agent: ConsulClient): Promise<boolean> {
    return agent.self().then(
        ({ Config }) => Config.NodeName === nodeName,
        (error: unknown) =>
            lockedOut(error)?.isOtherNode === true ? false : ifSilent(false)(error),
    );
}

/** One of the other servers that knows a leader; undefined where none responds, or none was ever part of a
 * cluster. Without a leader they would go on counting a node that left now: that is an error. */
async function findContact(
    { servers, joined: externalServers = [], nodeName }: MembershipRequest,
    clients: ClusterClients,
): Promise<ConsulClient | undefined> {
    const external = externalServers.map((address) => clients.at(undefined, address));
    const others = [...clients.all(servers), ...external];
    const formed = (some: readonly ConsulClient[]) => hasFormed(some, true);
    const found = findLedServer(others, electionLimit, formed).catch((error: unknown) => {
        const lock = lockedOut(error);
        if (lock !== undefined) {
            throw lock;
        }
        if (isOverridden()) {
            return undefined;
        }
        throw new Error(
            `${nodeName}: the cluster has no leader, so it cannot be left. Bring its servers back ` +
                `first; or, if it is lost, run this with ${overrideVariable}=1.`,
            { cause: error },
        );
    });
    return askForGuard(nodeName, found, undefined);
}

/**
 * Removes a node that shares its machine from a cluster that stays. Its agent leaves by a command in
 * its own container, because it is not reached from outside; the rest is asked of the node that is.
 *
 * @throws Error when the cluster would lose its quorum, or all its data with the machine.
 */
export async function withdrawMember(request: MembershipRequest): Promise<undefined> {
    const { agent, owner, nodeName } = request;
    if (isBeingTornDown(agent.store, owner)) {
        return;
    }
    const declared = await new Store(agent.store).declaredMachines();
    if (declared.includes(`${agent.machine}/${nodeName}`)) {
        await guardData(request);
        return;
    }
    await alone(agent.store, () => withdraw(request));
}

/** A node that is still declared is removed with the machine, and so is every other one. */
async function guardData(request: MembershipRequest): Promise<void> {
    const { role, nodeName, agent } = request;
    if (role === "client" || isOverridden()) {
        return;
    }
    const contact = await contactOf(request);
    if (await askForGuard(nodeName, hasFormed([contact], false), false)) {
        throw new Error(
            `${nodeName}: its machine "${agent.machine}" is to be replaced, and all of the ` +
                "cluster's data are on it. Nothing was touched. Take a snapshot first " +
                "(`consul snapshot save`), then run this with " +
                `${overrideVariable}=1, and restore the snapshot afterwards.`,
        );
    }
}

/** Asks the node that is reached of those that share a machine. */
async function contactOf(request: MembershipRequest): Promise<ConsulClient> {
    const { nodeName, httpAddress, askThrough = nodeName } = request;
    return (await ClusterClients.of(request)).at(askThrough, httpAddress);
}

async function withdraw(request: MembershipRequest): Promise<void> {
    const { nodeName, agent, httpAddress } = request;
    const contact = await contactOf(request);
    const leader = contact.leader().catch(ifSilent(""));
    if ((await askForGuard(nodeName, leader, "")) === "") {
        progress(`${nodeName}: no cluster answers at ${httpAddress}; there is no cluster to leave`);
        return;
    }
    const id = await prepare(request, contact, contact);
    await announced(nodeName, leaveFromInside(agent));
    await evict(request, id, contact);
}

/** Lets a node leave once no other one of this store does: each one that leaves changes the quorum that the
 * next is measured by. */
async function alone(store: string, leave: () => Promise<void>): Promise<void> {
    const { root } = new Store(store).layout;
    // For as long as a server that is replaced may wait for the one before it.
    const retries = { retries: 14_400, factor: 1, minTimeout: 500, maxTimeout: 500 };
    const release = await lock(root, { lockfilePath: `${root}/.leaving`, retries });
    await leave().finally(release);
}

/** Prepares a server to leave: refuses where the quorum would be lost, transfers its leadership if there is an
 * agent to do that, and answers its id. */
async function prepare(
    { nodeName, role }: MembershipRequest,
    contact: ConsulClient,
    via: ConsulClient | undefined,
): Promise<string | undefined> {
    if (role === "client") {
        return undefined;
    }
    const health = await askForGuard(nodeName, contact.health(), undefined);
    if (health === undefined) {
        return undefined;
    }
    guardQuorum(health, nodeName);
    const own = health.Servers.find(({ Name }) => Name === nodeName);
    if (via !== undefined && own?.Leader === true) {
        await transferLeadership(via, nodeName);
    }
    return own?.ID;
}

/** Reports that a node leaves, and a failure of that as well: it is evicted then. */
async function announced(nodeName: string, leaving: Promise<void>): Promise<void> {
    progress(`${nodeName} leaves the cluster`);
    await leaving.catch((error: unknown) => {
        progress(`${nodeName}: ${describeError(error)}`);
    });
}

/** Has its engine not start a container again. */
async function keepStopped(ref: ContainerRef): Promise<void> {
    const engine = await Machine.of(ref).engine();
    await engine.update(ref.container, { RestartPolicy: { Name: "no" } });
}

/** Runs `consul leave` in the agent's own container, and waits until that has ended. It is kept stopped:
 * started again, the agent would join again. In a secured cluster the container's environment names the file of
 * the token that may do so. */
async function leaveFromInside(ref: ContainerRef): Promise<void> {
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

/** Waits until the cluster no longer lists the node; what does not go by itself is removed. */
async function evict(
    { nodeName, role }: MembershipRequest,
    id: string | undefined,
    contact: ConsulClient,
): Promise<void> {
    const evictOnce = async () => {
        const peer = role === "server" ? await evictPeer(nodeName, id, contact) : undefined;
        return peer ?? evictMember(nodeName, contact);
    };
    await waitFor(evictOnce, { limit: evictLimit, interval: 500, onChange: progress });
}
