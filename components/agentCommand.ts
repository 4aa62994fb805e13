import type { Role } from "./ports.ts";

/** Where an image keeps Consul's data: the mount point of the node's named volume. */
export const dataDirectory = "/consul/data";

/** Where the agent's configuration files are inside the container. Outside `/consul/config`, whose
 * owner the official image's entry point changes at every start. */
const configDirectory = "/consul-machines";

/** What an agent is started with. */
export const configFile = `${configDirectory}/agent.json`;

/** What changes without the container, written by the node's gate; an agent reads its files by their
 * names' order, so this one has the last word. */
export const reloadableFile = `${configDirectory}/reloadable.json`;

/** What the gate of a cluster's first and only server writes for as long as its election lasts. */
export const electionFile = `${configDirectory}/election.json`;

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
    /** Number of servers to wait for before the first election. Given to one server only. */
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
 * @throws RangeError when the agent would join itself.
 */
export function agentCommand(flags: AgentFlags): string[] {
    if (flags.join.includes(flags.advertise)) {
        throw new RangeError(
            `${flags.nodeName}: join: got "${flags.advertise}"; its own address, which would end ` +
                "its search for others at itself",
        );
    }
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
    if (flags.bootstrapExpect !== undefined) {
        command.push(`-bootstrap-expect=${flags.bootstrapExpect}`);
    }
    // A second, not Consul's thirty: what a cold start waits for is this, not the election.
    command.push(...flags.join.map((address) => `-retry-join=${address}`), "-retry-interval=1s");
    return command;
}
