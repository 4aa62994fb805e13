import { dataDirectory, electionFile } from "../../scripts/protocol/agentFiles.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import { agentCommand } from "./agentCommand.ts";
import { agentConfig, sortKeys } from "./agentConfig.ts";
import type { ImageContract } from "./imageContract.ts";
import { agentPorts } from "./ports.ts";
import { progrium } from "./progriumContract.ts";
import { splitConfig } from "./reloadableConfig.ts";

const official: ImageContract = {
    dataDirectory,
    ports: agentPorts,
    command: agentCommand,
    electionFile,
    configFiles: ({ extra = {}, ...args }) => {
        const { config, reloadable } = splitConfig(extra);
        return {
            config: agentConfig({ ...args, extra: config }),
            reloadable: sortKeys(reloadable),
        };
    },
};

const contracts: Readonly<Record<ImageFlavour, ImageContract>> = { official, progrium };

/** What an image of this flavour asks for. */
export function imageContractOf(flavour: ImageFlavour = "official"): ImageContract {
    return contracts[flavour];
}
