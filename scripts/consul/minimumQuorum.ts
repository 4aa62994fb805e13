import type { ConsulClient } from "./consulClient.ts";

/**
 * The fewest voters that autopilot may leave when it cleans up failed servers.
 *
 * With Consul's own default, none, a cluster of three that loses one server becomes a cluster of
 * two: nobody can then tell a loss from a removal, and a change of one of the two takes the quorum
 * away. Three keeps the failed server in the count until another one takes its place. Larger
 * clusters may shrink to a quorum of their size, which lets them bear more losses one after another.
 *
 * @param servers number of servers that the cluster has.
 * @returns 0, no minimum, where a cluster bears no loss anyhow.
 */
export function minimumQuorum(servers: number): number {
    return servers < 3 ? 0 : Math.max(3, Math.floor(servers / 2) + 1);
}

/**
 * Sets that minimum. Autopilot's settings live in Raft, and a configuration file is read only before
 * the first election, so the leader is told.
 */
export async function keepMinimumQuorum(api: ConsulClient, servers: number): Promise<void> {
    const wanted = minimumQuorum(servers);
    const settings = await api.autopilotSettings();
    if (settings.MinQuorum !== wanted) {
        await api.setAutopilot({ ...settings, MinQuorum: wanted });
    }
}
