import { configDirectory, dataDirectory } from "../../scripts/protocol/agentFiles.ts";
import type { Role } from "./ports.ts";

/** What one agent is told on its command line. */
export interface AgentFlags {
    /** Whether the agent takes part in Raft. */
    readonly role: Role;
    /** The node's name in the cluster. */
    readonly nodeName: string;
    /** Datacenter of the cluster; every agent of one cluster names the same. */
    readonly datacenter: string;
    /** The machine's address: what other agents dial. Never the container's own. */
    readonly advertise: string;
    /** Number of servers to wait for before the first election, itself included. Given to one server
     * only. */
    readonly bootstrapExpect?: number | undefined;
    /** Whether a server's arguments have it serve Consul's own web UI; false where its configuration says otherwise.
     * @default true */
    readonly ui?: boolean | undefined;
    /** Addresses of agents to join, never this agent's own: one that joins itself stops trying. */
    readonly join: readonly string[];
}

/**
 * The arguments of an agent's container. Its API is served on every address inside, and published where the port
 * table says.
 *
 * @throws RangeError when the agent would join itself.
 */
export function agentCommand(flags: AgentFlags): string[] {
    return agentArguments(flags, ["-client=0.0.0.0"]);
}

/**
 * The arguments of an agent's container. They start with `agent`, so they fit the official image,
 * whose entry point prepares its folders when it sees that word, and a bare image whose entry point
 * is the consul binary.
 *
 * They never expect 1: a server that is told so elects itself whenever it comes back empty, and those
 * that it then joins can lose their data. `electionFile` tells it for that one election, and its
 * arguments stay the same when the cluster grows.
 *
 * @param clientFlags where it serves its API and DNS. @default its configuration says
 * @throws RangeError when the agent would join itself.
 */
export function agentArguments(flags: AgentFlags, clientFlags: readonly string[] = []): string[] {
    refuseOwnAddress(flags);
    const { role, nodeName, datacenter, advertise, bootstrapExpect = 0, join, ui = true } = flags;
    return [
        "agent",
        ...(role === "server" ? ["-server", ...(ui ? ["-ui"] : [])] : []),
        `-node=${nodeName}`,
        `-datacenter=${datacenter}`,
        `-data-dir=${dataDirectory}`,
        `-config-dir=${configDirectory}`,
        "-bind=0.0.0.0",
        ...clientFlags,
        `-advertise=${advertise}`,
        ...(bootstrapExpect > 1 ? [`-bootstrap-expect=${bootstrapExpect}`] : []),
        ...joinFlags(join),
    ];
}

/** Refuses to have an agent join itself. */
export function refuseOwnAddress({ nodeName, advertise, join }: AgentFlags): void {
    if (join.includes(advertise)) {
        throw new RangeError(
            `${nodeName}: join: got "${advertise}"; its own address, which would end ` +
                "its search for others at itself",
        );
    }
}

/** The addresses to join, retried until one answers. A second between two attempts instead of Consul's
 * thirty: a cold start waits for this, not for the election. */
export function joinFlags(join: readonly string[]): string[] {
    return [...join.map((address) => `-retry-join=${address}`), "-retry-interval=1s"];
}
