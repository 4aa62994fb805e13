import { dataDirectory, electionFile } from "../../scripts/protocol/agentFiles.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { agentCommand } from "./agentCommand.ts";
import { agentConfig, sortKeys } from "./agentConfig.ts";
import type { ImageContract } from "./imageContract.ts";
import { agentPorts, apiPorts, dnsPort, plainEndpoint } from "./ports.ts";
import type { PortSettings } from "./portSettings.ts";
import { withPorts } from "./portTable.ts";
import { progrium } from "./progriumContract.ts";
import { splitConfig } from "./reloadableConfig.ts";
import { secured } from "./securedContract.ts";

const official: ImageContract = {
    dataDirectory,
    ports: agentPorts,
    apiPorts,
    endpoint: plainEndpoint,
    dnsPort,
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

/**
 * What an image of this flavour asks for in a cluster of this security.
 *
 * @param ports which ports its agents publish. @default Consul's own
 * @throws RangeError for progrium's image in a secured cluster.
 */
export function imageContractOf(
    flavour: ImageFlavour = "official",
    security: Security = "open",
    ports: PortSettings = {},
): ImageContract {
    if (security === "open") {
        return withPorts(contracts[flavour], ports);
    }
    if (flavour === "progrium") {
        throw new RangeError(`security: got "${security}"; ${fullWithoutProgrium}.`);
    }
    return withPorts(secured, ports);
}

/** Why a cluster of progrium's image is open. */
export const fullWithoutProgrium =
    "Consul 0.5.2 has neither the policies of ACLs nor the API of gossip keys that full security is made of; set " +
    '"security" to "open", and keep the cluster\'s network to yourself';
