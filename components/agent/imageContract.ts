import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { ApiVersion } from "../../scripts/protocol/requests.ts";
import { agentCommand, type AgentFlags } from "./agentCommand.ts";
import { dataDirectory, electionFile } from "../../scripts/protocol/agentFiles.ts";
import { agentConfig, sortKeys, type AgentConfigArgs, type JsonObject } from "./agentConfig.ts";
import { agentPorts, type PortRow } from "./ports.ts";
import { progrium } from "./progrium/progriumContract.ts";
import { splitConfig } from "./reloadableConfig.ts";


/** An agent's configuration by how it changes, ours included. */
export interface ConfigFiles {
    /** What an agent is started with. */
    readonly config: JsonObject;
    /** What it takes anew while it runs. */
    readonly reloadable: JsonObject;
}

/** What an image, and the Consul inside, ask of whoever runs them. */
export interface AgentFlavour {
    /** Where the image keeps Consul's data: the mount point of the node's named volume. */
    readonly dataDirectory: string;
    /** Everything that its agents publish on their machines' addresses. */
    readonly ports: readonly PortRow[];
    /** The arguments of an agent's container. */
    readonly command: (flags: AgentFlags) => string[];
    /** The configuration of an agent. */
    readonly configFiles: (args: AgentConfigArgs) => ConfigFiles;
    /** Where an agent that begins its cluster alone is told of its election. @default it always is,
     * by its arguments */
    readonly electionFile?: string;
    /** The HTTP API that the gates meet. @default today's */
    readonly api?: ApiVersion;
}

const official: AgentFlavour = {
    dataDirectory,
    ports: agentPorts,
    command: agentCommand,
    electionFile,
    configFiles: ({ extra = {}, ...args }) => {
        const { fixed, reloadable } = splitConfig(extra);
        return {
            config: agentConfig({ ...args, extra: fixed }),
            reloadable: sortKeys(reloadable),
        };
    },
};

const flavours: Readonly<Record<ImageFlavour, AgentFlavour>> = { official, progrium };

/** What an image of this flavour asks for. */
export function flavourOf(flavour: ImageFlavour = "official"): AgentFlavour {
    return flavours[flavour];
}
