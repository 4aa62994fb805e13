import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { ifSilent } from "../../scripts/consul/consulError.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { askedCluster } from "./clusterAccess.ts";
import { clusterRights } from "./clusterRights.ts";
import type { OwnRights } from "./restoredTokens.ts";
import { StackClients } from "./stackClients.ts";
import type { StateCluster } from "./stateCluster.ts";

/** The servers of a stack's cluster, and what it is to have of tokens. */
export interface Contact {
    readonly servers: readonly ConsulClient[];
    /** Undefined for an open cluster. */
    readonly own?: OwnRights | undefined;
}

/**
 * The servers of a stack's cluster.
 *
 * @throws TaskFailure where it has none, or its Consul has no snapshots.
 */
export async function stackContact(cluster: StateCluster): Promise<Contact> {
    if (cluster.isConsul05) {
        throw new TaskFailure(
            "Consul 0.5.2, as progrium's image has it, takes no snapshots and restores none: copy the " +
                "keys that must not be lost (docs/image.md).",
        );
    }
    const { nodes } = cluster;
    const asked = await askedCluster(cluster);
    const { access, rights } = asked;
    const clients = await StackClients.of(asked);
    const names = Object.keys(nodes).filter((name) => nodes[name]?.role === "server");
    if (names.length === 0) {
        throw new TaskFailure(
            `The cluster "${cluster.name}" has no servers of its own: name one with \`--address\`.`,
            exitCodes.missing,
        );
    }
    const servers = names.map((name) => clients.of(name));
    if (access === undefined || rights === undefined) {
        return { servers };
    }
    const stack = { nodes, access, store: cluster.store, rotation: rights.rotation };
    return { servers, own: { rights: clusterRights(stack), access: rights } };
}

/**
 * The first server that knows a leader.
 *
 * @throws TaskFailure where none of them does.
 */
export async function ledServer(servers: readonly ConsulClient[]): Promise<ConsulClient> {
    for (const server of servers) {
        const leader = await server.leader().catch((error: unknown) => {
            if (error instanceof TaskFailure) {
                throw error;
            }
            return ifSilent("")(error);
        });
        if (leader !== "") {
            return server;
        }
    }
    const addresses = servers.map(({ httpAddress }) => httpAddress).join(", ");
    throw new TaskFailure(
        `None of ${addresses} knows a leader. \`npm run doctor\` tells what is wrong.`,
    );
}
