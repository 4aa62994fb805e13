import {
    authoritiesFile,
    certificateFile,
    configFile,
    keyringFile,
    renewalFile,
    tokensFile,
} from "../protocol/agentFiles.ts";
import type { AgentFilesRequest } from "../protocol/security.ts";
import { chainOf, readAccess, type AccessFile } from "../security/accessFile.ts";
import { bringFiles, keyringText } from "../security/agentFiles.ts";
import { agentTokens, jsonText, newCertificate } from "../security/agentSecrets.ts";
import { certificateProblem } from "../security/certificate.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { withVolumes, type NodeVolumes, type Texts } from "../security/configVolume.ts";
import { handOverData } from "../security/dataOwner.ts";
import { gossipRing } from "../security/gossipRing.ts";
import { parseJson } from "../system/json.ts";

/**
 * Gives a node's agent what it is started with: its configuration, certificate, tokens and gossip keys, on the node's
 * volumes. What is there and right stays; a running agent takes what is new and can be taken without a restart, unless
 * its container is about to be replaced.
 *
 * @returns the same text each time.
 * @throws Error naming node, machine and file where its machine does not answer, or the agent refuses the files.
 */
export async function configureSecuredAgent(request: AgentFilesRequest): Promise<string> {
    const access = await readAccess(request.access);
    await withVolumes(request, request, async (volumes) => {
        // In this order: what is said of a certificate comes behind it.
        const texts = {
            [configFile]: jsonText(request.config),
            [authoritiesFile]: access.trusted,
            ...(await certificateTexts(request, access, volumes)),
            [tokensFile]: jsonText(agentTokens(request, access)),
            ...(await keyringTexts(request, access, volumes)),
        };
        const { digest, files = [] } = request;
        await bringFiles(request, volumes, texts, { digest, files });
        await handOverData(request, volumes);
    });
    return "configured";
}

/** The agent's certificate, the one that it has where that is right, and for which renewal it was made. */
async function certificateTexts(
    request: AgentFilesRequest,
    access: AccessFile,
    volumes: NodeVolumes,
): Promise<Texts> {
    const { ca, datacenter, domain } = access;
    const { nodeName, role, addresses, rotation, renewal } = request;
    const leaf = rotation.leaf;
    const wanted = { ca, nodeName, role, datacenter, domain, addresses, leaf };
    const [has, renewed] = await Promise.all([
        volumes.read(certificateFile),
        volumes.read(renewalFile),
    ]);
    const isAsked = renewal !== undefined && renewed?.text !== renewal;
    const problem =
        has === undefined
            ? "it has none"
            : (certificateProblem(has.text, wanted) ?? (isAsked ? renewal : undefined));
    const text =
        has === undefined || problem !== undefined
            ? await newCertificate(wanted, chainOf(access), problem ?? "")
            : has.text;
    return {
        [certificateFile]: text,
        ...(renewal === undefined ? {} : { [renewalFile]: renewal }),
    };
}
/** The gossip keys, where the agent has none: Consul keeps the file itself from then on. */
async function keyringTexts(
    request: AgentFilesRequest,
    access: AccessFile,
    volumes: NodeVolumes,
): Promise<Texts> {
    const has = parseJson((await volumes.read(keyringFile))?.text ?? "");
    // An empty list, or half a file, is what an interruption leaves of it: an agent does not start with one.
    if (Array.isArray(has) && has.length > 0) {
        return {};
    }
    const clients = await ClusterClients.of(request);
    const servers = [...clients.ofJoined(), ...clients.all(request.servers)];
    const ring = await gossipRing(servers, access, request.rotation);
    return { [keyringFile]: keyringText(ring) };
}
