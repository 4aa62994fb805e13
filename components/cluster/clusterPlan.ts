import { z } from "zod";
import type { Formation } from "../../scripts/protocol/formation.ts";
import type { Role } from "../agent/ports.ts";

/** One node as the settings state it. */
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
    /** Client agents; they start behind the servers. */
    readonly clients: readonly PlannedNode[];
    /** The formation of a cluster that does not exist yet. */
    readonly formation: Formation;
}

/**
 * Lays out a cluster of these servers and client agents.
 *
 * @param joins whether they join a cluster that another stack has formed: then none of them holds an
 *     election of its own. It would form a second cluster, and one of the two would be lost once they
 *     meet.
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

const formationSchema: z.ZodType<Formation> = z.object({
    expect: z.int().min(0),
    servers: z.array(z.string()),
    addresses: z.record(z.string(), z.string()).exactOptional(),
    imageFlavour: z.enum(["official", "progrium"]).optional(),
    security: z.enum(["full", "open"]).optional(),
});

/**
 * Reads how the cluster was first formed, as the stack's state has it.
 *
 * @throws Error when it is not what `formation record` answers.
 */
export function parseFormation(answer: string): Formation {
    try {
        return formationSchema.parse(JSON.parse(answer));
    } catch (cause) {
        throw new Error(`formation record: got "${answer}"; expect and servers`, { cause });
    }
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
 * The nodes that this node joins, by name: the servers of the first election, but never itself, and a server
 * only those declared before it. So no node added or removed later changes another one's arguments.
 */
export function joinTargets(formation: Formation, node: PlannedNode): string[] {
    // Including those that are gone: without them the arguments of all others would change. Three
    // are enough: an agent that has joined one knows them all.
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
