import { configDirectory, dataDirectory } from "../../scripts/protocol/agentFiles.ts";
import type { Role } from "./ports.ts";

/** What one agent has to be told on its command line. */
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
    /** Addresses of agents to join, never this agent's own: one that joins itself stops trying. */
    readonly join: readonly string[];
}

/**
 * The arguments of an agent's container.
 *
 * They start with `agent`, so they fit the official image, whose entry point prepares its folders
 * when it sees that word, as well as a bare image whose entry point is the consul binary.
 *
 * They never expect 1: a server that is told so elects itself whenever it comes back empty, and those
 * that it then joins can lose their data. It is told by {@link electionFile} for that one election, so
 * that its arguments are the same when the cluster grows.
 *
 * @throws RangeError when the agent would join itself.
 */
export function agentCommand(flags: AgentFlags): string[] {
    refuseOwnAddress(flags);
    const command = ["agent"];
    if (flags.role === "server") {
        command.push("-server", "-ui");
    }
    command.push(
        `-node=${flags.nodeName}`,
        `-datacenter=${flags.datacenter}`,
        `-data-dir=${dataDirectory}`,
        `-config-dir=${configDirectory}`,
        "-bind=0.0.0.0",
        "-client=0.0.0.0",
        `-advertise=${flags.advertise}`,
    );
    const { bootstrapExpect = 0 } = flags;
    if (bootstrapExpect > 1) {
        command.push(`-bootstrap-expect=${bootstrapExpect}`);
    }
    command.push(...joinFlags(flags.join));
    return command;
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

/** Whom an agent joins, again and again until one answers. A second between two attempts, not
 * Consul's thirty: what a cold start waits for is this, not the election. */
export function joinFlags(join: readonly string[]): string[] {
    return [...join.map((address) => `-retry-join=${address}`), "-retry-interval=1s"];
}
