/** A file in an agent's container, beside its configuration. */
export interface AgentFile {
    /** Its absolute path. */
    readonly path: string;
    /** What is in it. */
    readonly text: string;
    /** Its permissions, such as 0o600. It belongs to the agent's user. */
    readonly mode: number;
}

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

/** Where the files are that an operator brings. An agent reads no configuration in a folder below its own. */
export const broughtDirectory = `${configDirectory}/files`;

/** Environment variables that are secret, as a shell reads them: what starts the agent reads it. */
export const environmentFile = `${configDirectory}/secret/environment`;

/** The license of Consul Enterprise, where it is set by its variable. */
export const licenseFile = `${configDirectory}/secret/license`;

/*
 * The rest is in a secured cluster's agents alone, on a volume of the node's own mounted at the folder above.
 */

/** Tokens of the agent. Mode 0600. */
export const tokensFile = `${configDirectory}/tokens.json`;

/** The token that `consul` in the container takes: the one for asking this agent whether there is a leader or not.
 * Mode 0600. In a folder of its own: an agent warns of a file beside its configuration that is none. */
export const cliTokenFile = `${configDirectory}/cli/token`;

/** The CAs that the agent trusts, PEM. */
export const authoritiesFile = `${configDirectory}/tls/ca.pem`;

/** The agent's certificate and private key in one file, so that they always fit each other. Mode 0600. */
export const certificateFile = `${configDirectory}/tls/agent.pem`;

/** Why the certificate was last renewed; absent where it never was. */
export const renewalFile = `${configDirectory}/tls/renewal`;

/** Digest of the files that a running agent reloads, as it last took them: written once it has. */
export const reloadedFile = `${configDirectory}/tls/reloaded`;

/** How far an agent of an open cluster has come on its way to full security; in its container alone, not on a volume. */
export const roundFile = `${configDirectory}/tls/round`;

/** The gossip keys, the one in use first. Consul reads and writes it. */
export const keyringFile = `${dataDirectory}/serf/local.keyring`;

/** Who runs the agent of a secured cluster, and owns its files: the user `consul` of the official image. */
export const agentUser = { uid: 100, gid: 1000 } as const;
