import type { Formation } from "../../scripts/protocol/formation.ts";
import type { Role } from "../agent/ports.ts";

/** One node as its user states it. */
export interface PlannedNode {
    /** Name in the cluster. */
    readonly name: string;
    /** What it does. */
    readonly role: Role;
}

/** The shape of a cluster: decided from settings alone, before any machine exists. */
export interface ClusterPlan {
    /** Servers in the order in which they start and change; the first one bootstraps. */
    readonly servers: readonly PlannedNode[];
    /** Client agents; they start side by side behind the servers. */
    readonly clients: readonly PlannedNode[];
    /** The formation of a cluster that does not exist yet. */
    readonly formation: Formation;
}

/**
 * Lays out a cluster of these servers and client agents.
 *
 * @param joins whether they join a cluster that another stack has formed: then none of them holds an
 *     election of its own, which would make a second cluster and, once they meet, lose one of the two.
 */
export function planCluster(
    servers: readonly string[],
    clients: readonly string[],
    joins = false,
): ClusterPlan {
    return {
        servers: servers.map((name) => ({ name, role: "server" })),
        clients: clients.map((name) => ({ name, role: "client" })),
        formation: { expect: joins ? 0 : servers.length, servers },
    };
}

/**
 * How many servers this node's first election waits for; undefined for every node but the one that
 * bootstraps.
 */
export function bootstrapExpect(formation: Formation, node: PlannedNode): number | undefined {
    const { expect, servers } = formation;
    return node.name === servers[0] && expect > 0 ? expect : undefined;
}

/**
 * Whom this node joins, by name: the servers of the first election, but never itself, and a server
 * only those declared before it. So no node added or removed later changes another one's arguments.
 */
export function joinTargets(formation: Formation, node: PlannedNode): string[] {
    // Also those that are gone: who left them out would change the arguments of all who stay. Three
    // are enough, for who has joined one knows them all.
    const contacts = formation.servers.slice(0, 3);
    const own = contacts.indexOf(node.name);
    return own === -1 ? contacts : contacts.slice(0, own);
}

/** The servers that start, and change, after this node. */
export function laterServers({ servers }: ClusterPlan, { name }: PlannedNode): string[] {
    const names = servers.map((server) => server.name);
    return names.includes(name) ? names.slice(names.indexOf(name) + 1) : [];
}

/** How many servers may fail without the cluster losing its quorum. */
export function failureTolerance(servers: number): number {
    return Math.max(0, Math.ceil(servers / 2) - 1);
}
