import {
    authoritiesFile,
    certificateFile,
    configFile,
    keyringFile,
    tokensFile,
} from "../protocol/agentFiles.ts";
import type { Rotation } from "../protocol/security.ts";
import { chainOf, gossipKeyOf, type AccessFile } from "../security/accessFile.ts";
import { keyringText } from "../security/agentFiles.ts";
import { agentTokens, firstTokens, jsonText, newCertificate } from "../security/agentSecrets.ts";
import type { Texts } from "../security/configVolume.ts";
import type { OpenAgent } from "./openAgent.ts";
import { stepConfig, type Step } from "./rounds.ts";

/** What the files of a step are made of. */
export interface StepSecrets {
    readonly access: AccessFile;
    readonly rotation: Rotation;
}

/**
 * The files that an agent reads in a step. Its first ones have no token but those that it brings in itself: one that
 * the cluster does not know yet would keep the agent from the catalog, and its DNS from answering.
 */
export async function stepFiles(
    agent: OpenAgent,
    step: Step,
    { access, rotation }: StepSecrets,
): Promise<Texts> {
    const { nodeName, node, advertised } = agent;
    const { role, httpAddress } = node;
    const { config } = await agent.state();
    const owner = { nodeName, role, rotation };
    const configText = { [configFile]: jsonText(stepConfig(config, step)) };
    if (step !== "prepared") {
        return { ...configText, [tokensFile]: jsonText(agentTokens(owner, access)) };
    }
    const { ca, trusted, datacenter, domain, seed } = access;
    const addresses = [...new Set([advertised, new URL(httpAddress).hostname])];
    const wanted = { ca, nodeName, role, datacenter, domain, addresses, leaf: rotation.leaf };
    return {
        // The configuration comes last: it names the others.
        [authoritiesFile]: trusted,
        [certificateFile]: await newCertificate(wanted, chainOf(access), "its cluster is secured"),
        [tokensFile]: jsonText(firstTokens(owner, seed)),
        [keyringFile]: keyringText([gossipKeyOf({ ...access, rotation })]),
        ...configText,
    };
}
