import type { Missing } from "../system/waitFor.ts";
import type { ConsulClient } from "./consulClient.ts";
import { ifSilent } from "./consulError.ts";

/** Milliseconds for the other nodes to have evicted one that has left or is lost. */
export const evictLimit = 60_000;

/**
 * Removes a server that has left or is lost from Raft's configuration, if it does not go by itself.
 *
 * @param id by which Raft knows it also where its name is no longer known.
 * @returns that it is still there, to be called again; undefined once it is not.
 */
export async function evictPeer(
    nodeName: string,
    id: string | undefined,
    contact: ConsulClient,
): Promise<Missing> {
    const peers = await contact.raftPeers();
    const peer = peers.find(({ ID, Node }) => ID === id || Node === nodeName);
    if (peer === undefined) {
        return undefined;
    }
    await contact.forceLeave(nodeName);
    await contact.removePeer(peer.ID).catch(ifSilent(undefined));
    return `${nodeName} is still in Raft's configuration`;
}

/**
 * Removes a node that has left or is lost from the list of members and from the catalog, if it does
 * not go by itself.
 *
 * @returns where it is still listed, to be called again; undefined once it is not.
 */
export async function evictMember(nodeName: string, contact: ConsulClient): Promise<Missing> {
    if ((await contact.members()).some(({ Name }) => Name === nodeName)) {
        await contact.forceLeave(nodeName);
        return `${nodeName} is still in the list of members`;
    }
    if ((await contact.registeredId(nodeName)) !== undefined) {
        // A last sync of the leaving agent can register it again, and nothing removes that entry.
        await contact.deregister(nodeName);
        return `${nodeName} is still in the catalog`;
    }
    return undefined;
}

/**
 * Removes the catalog's entry of a node whose data were lost, which has the id of the agent before.
 * Consul reserves the name for that id as long as its health check has not failed, and until then
 * nothing on the new node is registered.
 *
 * @param id the node's; undefined, where it is not known, leaves the entry as it is.
 * @returns why the catalog does not list the node under its new id yet; undefined once it does.
 */
export async function evictStaleEntry(
    contact: ConsulClient,
    nodeName: string,
    id: string | undefined,
): Promise<Missing> {
    const registered = id === undefined ? undefined : await contact.registeredId(nodeName);
    if (registered === id) {
        return undefined;
    }
    if (registered === undefined) {
        return "the catalog does not list it yet";
    }
    await contact.deregister(nodeName);
    return "the catalog still listed it under an earlier identity";
}
