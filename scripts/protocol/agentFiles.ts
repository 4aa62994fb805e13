/** Where the official Consul image, and a bare one, keep an agent's data: the mount point of the node's volume. */
export const dataDirectory = "/consul/data";

/** The agent's configuration files in its container. Not `/consul/config`, whose owner the official image's
 * entry point changes at every start. */
export const configDirectory = "/consul-machines";

/** What the agent is started with. */
export const configFile = `${configDirectory}/agent.json`;

/** What changes without the container, written by the node's gate. An agent reads its files in the order of
 * their names, so this one overrides the other. */
export const reloadableFile = `${configDirectory}/reloadable.json`;

/** Written by the gate of a cluster's first and only server while its first election lasts. */
export const electionFile = `${configDirectory}/election.json`;
