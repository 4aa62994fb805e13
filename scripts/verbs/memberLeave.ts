import { lock } from "proper-lockfile";
import { isBeingTornDown } from "../machine/teardownMarker.ts";
import { clientAt } from "../consul/clientAt.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { generationOf } from "../machine/generations.ts";
import { keepStopped, leaveFromInside } from "../node/leaveFromInside.ts";
import { readRecord } from "../machine/machineRecord.ts";
import { describeError, progress, sleep } from "../system/progress.ts";
import { guardQuorum, overrideVariable } from "../consul/quorum.ts";
import { guardReplacement, isReplaced } from "../node/replacedServer.ts";
import { takeTurn } from "../node/replacementTurn.ts";
import type { MembershipRequest } from "../protocol/requests.ts";
import { handOver } from "./serverClear.ts";
import { takeSnapshot } from "../consul/snapshot.ts";
import { storeLayout } from "../machine/storeLayout.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for an election to end; one after a crash takes a few seconds. */
const electionLimit = 20_000;

/** Time for the others to have forgotten a node that left. */
export const forgetLimit = 60_000;

/**
 * Takes one node out of a cluster that lives on: a leader hands over first, the agent leaves by
 * itself where it still answers, and the others forget it. One node at a time, also where several
 * are removed at once.
 *
 * A server that is still declared is being replaced, with its machine and its data: it also waits
 * until those replaced before it are back.
 *
 * When all of a stack goes, a cluster of its own goes with it, and there is nobody to leave; the
 * cluster of another stack, which it has joined, goes on.
 *
 * @throws Error when the cluster would lose its quorum or its data, or keeps the node.
 */
export async function leaveCluster(request: MembershipRequest): Promise<undefined> {
    const { agent, nodeName, joined = [] } = request;
    const dissolving = isBeingTornDown(agent.store, request.owner);
    if (dissolving && joined.length === 0) {
        return undefined;
    }
    const record = await readRecord(agent.store, agent.machine);
    if (record !== undefined && generationOf(record) !== generationOf(request)) {
        // Its lost machine took the leave away from it; the gate of the one in its place saw to it
        // that the others know no other any more.
        progress(`${nodeName} stays, on its machine of generation ${generationOf(record)}`);
        return undefined;
    }
    const replaced = !dissolving && (await isReplaced(request));
    const endTurn = replaced ? await takeTurn(request) : undefined;
    try {
        await leaveAlone(request, replaced);
    } finally {
        await endTurn?.();
    }
    return undefined;
}

/** Waits until nobody of this store leaves; ends in what lets the next one. */
export function aloneIn(store: string): Promise<() => Promise<void>> {
    const place = storeLayout(store).root;
    // As long as a server that is replaced may wait for the one before it.
    const retries = { retries: 14_400, factor: 1, minTimeout: 500, maxTimeout: 500 };
    return lock(place, { lockfilePath: `${place}/.leaving`, retries });
}

/** Leaves while nobody else does: each farewell changes the quorum that the next is measured by. */
async function leaveAlone(request: MembershipRequest, replaced: boolean): Promise<void> {
    const { agent, nodeName } = request;
    const release = await aloneIn(agent.store);
    try {
        const contact = await findContact(request);
        if (replaced) {
            await guardReplacement(request, contact);
        }
        if (contact === undefined) {
            progress(`${nodeName}: no other server answers; there is nobody to leave`);
            return;
        }
        if (replaced && request.snapshots !== undefined) {
            progress(`snapshot: ${await takeSnapshot(contact.httpAddress, request.snapshots)}`);
        }
        const id = await idOf(request.nodeName, contact);
        await depart(request, contact);
        await waitFor(() => remembered(request, id, contact), {
            limit: forgetLimit,
            interval: 500,
            onChange: progress,
        });
    } finally {
        await release();
    }
}

/**
 * One of the other servers that knows a leader, waited for through an election; undefined where
 * none answers at all, or none was ever part of a cluster.
 *
 * @throws Error where servers answer but none knows a leader: who left now would be missed by
 *     nobody, and counted for ever.
 */
async function findContact({ servers, joined = [], nodeName, api }: MembershipRequest) {
    for (const end = Date.now() + electionLimit; ;) {
        const leaders = await Promise.all(
            [...Object.values(servers), ...joined].map(async (address) => {
                const server = clientAt(address, api);
                return { server, leader: await server.leader().catch(() => undefined) };
            }),
        );
        const answering = leaders.filter(({ leader }) => leader !== undefined);
        const led = answering.find(({ leader }) => leader !== "");
        if (led !== undefined || answering.length === 0) {
            return led?.server;
        }
        if (!(await hasFormed(answering.map(({ server }) => server)))) {
            return undefined;
        }
        if (Date.now() > end) {
            if (process.env[overrideVariable] === "1") {
                return undefined;
            }
            throw new Error(
                `${nodeName}: the cluster has no leader, so it cannot be left. Bring its servers ` +
                    `back first; or, if it is lost, run this with ${overrideVariable}=1.`,
            );
        }
        await sleep(500);
    }
}

/** Whether any of these servers was ever part of an election: where none was, as after a first `up`
 * that failed, there is no cluster yet that anybody could leave. */
async function hasFormed(servers: readonly ConsulClient[]): Promise<boolean> {
    const held = servers.map((server) => server.hasRaftConfiguration().catch(() => true));
    return (await Promise.all(held)).includes(true);
}

/** A server's id, by which Raft knows it also when its name is forgotten. */
export async function idOf(nodeName: string, contact: ConsulClient): Promise<string | undefined> {
    const { Servers } = await contact.health();
    return (Servers ?? []).find(({ Name }) => Name === nodeName)?.ID;
}

async function depart(request: MembershipRequest, contact: ConsulClient): Promise<void> {
    const { nodeName, role, httpAddress, agent, api } = request;
    const own = clientAt(httpAddress, api);
    const answers = await own.self().then(
        ({ Config }) => Config.NodeName === nodeName,
        () => false,
    );
    if (role === "server") {
        const health = await contact.health();
        guardQuorum(health, nodeName);
        const isLeader = (health.Servers ?? []).some((s) => s.Name === nodeName && s.Leader);
        if (answers && isLeader) {
            await handOver(own, nodeName);
        }
    }
    if (answers) {
        // An agent that has left ends, and its engine would start it again, to join again.
        await keepStopped(agent);
        progress(`${nodeName} leaves the cluster`);
        const farewell = own.offers.leave ? own.leave() : leaveFromInside(agent);
        await farewell.catch((error: unknown) => {
            progress(`${nodeName}: ${describeError(error)}`);
        });
    }
}

/** What still speaks of the node; what does not go by itself is sent away. */
export async function remembered(
    { nodeName, role }: MembershipRequest,
    id: string | undefined,
    contact: ConsulClient,
): Promise<string | undefined> {
    if (role === "server") {
        const peer = (await contact.raftPeers()).find(
            ({ ID, Node }) => ID === id || Node === nodeName,
        );
        if (peer !== undefined) {
            await contact.forceLeave(nodeName);
            await contact.removePeer(peer.ID).catch(() => undefined);
            return `${nodeName} is still in Raft's configuration`;
        }
    }
    return stillListed(nodeName, contact);
}

/** Where a node is still listed that has left, or is lost; what does not go by itself is sent away. */
export async function stillListed(
    nodeName: string,
    contact: ConsulClient,
): Promise<string | undefined> {
    const member = (await contact.members()).find(({ Name }) => Name === nodeName);
    if (member !== undefined) {
        await contact.forceLeave(nodeName);
        return `${nodeName} is still in the list of members`;
    }
    if (await contact.isRegistered(nodeName)) {
        // A last sync of the leaving agent can register it once more, for ever.
        await contact.deregister(nodeName);
        return `${nodeName} is still in the catalog`;
    }
    return undefined;
}
