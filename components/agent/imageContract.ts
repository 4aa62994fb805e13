import type { ApiVersion } from "../../scripts/protocol/requests.ts";
import type { AgentFlags } from "./agentCommand.ts";
import type { AgentConfigArgs, JsonObject } from "./agentConfig.ts";
import type { ApiEndpoint, PortRow } from "./ports.ts";

/** An agent's configuration by how it changes, ours included. */
export interface ConfigFiles {
    /** What an agent reads when it starts. Changing it replaces the container. */
    readonly config: JsonObject;
    /** What a running agent reloads. Changing it touches no container. */
    readonly reloadable: JsonObject;
}

/** What an image, and the Consul inside, ask of those who run them in a cluster of one security. */
export interface ImageContract {
    /** Where the image keeps Consul's data: the mount point of the node's named volume. */
    readonly dataDirectory: string;
    /** Everything that its agents publish on their machines. */
    readonly ports: readonly PortRow[];
    /** Those of them through which others ask an agent: what nodes that share a machine publish. */
    readonly apiPorts: readonly PortRow[];
    /** How an agent's HTTP API is reached. */
    readonly endpoint: ApiEndpoint;
    /** Port of DNS on the machines' addresses. */
    readonly dnsPort: number;
    /** The arguments of an agent's container. */
    readonly command: (flags: AgentFlags) => string[];
    /** The configuration of an agent. */
    readonly configFiles: (args: AgentConfigArgs) => ConfigFiles;
    /** File that tells an agent which begins its cluster alone of its election. @default its
     * arguments tell it */
    readonly electionFile?: string;
    /** The HTTP API that the gates meet. @default today's */
    readonly api?: ApiVersion;
    /** Environment of an agent's container. @default the operator's alone */
    readonly environment?: Readonly<Record<string, string>>;
    /** Where the volume of an agent's configuration is mounted. @default the configuration is in the container itself */
    readonly configVolume?: string;
}
