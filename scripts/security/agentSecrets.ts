import type { Rotation, SecuredNode } from "../protocol/security.ts";
import { progress } from "../system/progress.ts";
import type { AccessFile } from "./accessFile.ts";
import { issueCertificate } from "./authority.ts";
import { certificateProblem, type AgentCertificate } from "./certificate.ts";
import { ClusterSecrets } from "./secrets.ts";

/** A node whose agent is given secrets. */
export interface SecretsOwner extends Pick<SecuredNode, "role"> {
    readonly nodeName: string;
    /** Which secrets it is to have. */
    readonly rotation: Rotation;
}

/** The tokens that Consul's configuration names: derived, but for those of another stack's cluster. */
export function agentTokens(
    { nodeName, role, rotation }: SecretsOwner,
    { seed, joined }: Pick<AccessFile, "seed" | "joined">,
): object {
    const secrets = new ClusterSecrets(seed, rotation);
    const agent_recovery = secrets.nodeToken("recovery", nodeName).secretId;
    if (joined !== undefined) {
        // A server's too: another stack's cluster has its management token already.
        const { agent } = joined.tokens;
        return { acl: { tokens: { agent, agent_recovery, dns: agent } } };
    }
    const tokens = {
        agent: secrets.nodeToken("agent", nodeName).secretId,
        agent_recovery,
        dns: secrets.token("dns").secretId,
        ...managementToken(role, secrets),
    };
    return { acl: { tokens } };
}

/** Those of them that an agent may have before the cluster has made any. */
export function firstTokens({ nodeName, role, rotation }: SecretsOwner, seed: string): object {
    const secrets = new ClusterSecrets(seed, rotation);
    const tokens = {
        agent_recovery: secrets.nodeToken("recovery", nodeName).secretId,
        ...managementToken(role, secrets),
    };
    return { acl: { tokens } };
}

/** Read at a start, and made by whoever is elected. */
function managementToken(role: SecuredNode["role"], secrets: ClusterSecrets) {
    return role === "server" ? { initial_management: secrets.token("management").secretId } : {};
}

/**
 * A certificate and its private key in one text. Checked before an agent reads it: one that reads a pair that does not
 * match loses its services.
 *
 * @param chain certificates between it and the CA, PEM; empty where there are none.
 * @param reason why it gets one, for the operator.
 */
export async function newCertificate(
    wanted: AgentCertificate,
    chain: string,
    reason: string,
): Promise<string> {
    progress(`${wanted.nodeName} gets a certificate: ${reason}`);
    const { certificate, key } = await issueCertificate(wanted);
    const text = [certificate, chain, key]
        .map((pem) => (pem === "" ? "" : `${pem.trimEnd()}\n`))
        .join("");
    const problem = certificateProblem(text, wanted);
    if (problem !== undefined) {
        throw new Error(
            `${wanted.nodeName}: the certificate that was made for it is not used: ${problem}. ` +
                "If this computer's clock is right, the cluster's CA has to be renewed " +
                '(setting "rotate.ca", or "authority" for one that is brought).',
        );
    }
    return text;
}

/** A configuration file's text. */
export function jsonText(value: object): string {
    return `${JSON.stringify(value, null, 2)}\n`;
}
