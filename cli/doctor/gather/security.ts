import { listKeyring, listTokens, tokenOf } from "../../../scripts/consul/consulAcl.ts";
import type { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import { clientAt } from "../../../scripts/consul/consulClient05.ts";
import { ConsulError, isRefusal } from "../../../scripts/consul/consulError.ts";
import { servedCertificate } from "../../../scripts/machine/certificates.ts";
import type { ClusterRights } from "../../../scripts/protocol/security.ts";
import {
    certificatesOf,
    gossipKeyOf,
    type AccessFile,
} from "../../../scripts/security/accessFile.ts";
import { certificateName } from "../../../scripts/security/clusterClients.ts";
import { ClusterSecrets } from "../../../scripts/security/secrets.ts";
import {
    managementContent,
    retiredTokens,
    wantedTokens,
} from "../../../scripts/security/tokens.ts";
import { httpPort } from "../../../components/agent/ports.ts";
import type { KeyringFacts, SecurityFacts, ServedFacts, TokenFacts } from "../facts.ts";

/** Milliseconds for a handshake, and for an answer without TLS. */
const timeoutMs = 3000;

/**
 * Asks what secures a cluster; what no agent answers is undefined. It changes nothing.
 *
 * @param agents those that know a leader.
 */
export async function askSecurity(
    agents: readonly ConsulClient[],
    rights: ClusterRights,
    access: AccessFile,
): Promise<SecurityFacts> {
    const [keyring, tokens] = await Promise.all([
        firstAnswer(agents, (agent) => keyringOf(agent, access)),
        // Another stack's cluster has its tokens made there, and this one may not list them.
        access.joined === undefined
            ? firstAnswer(agents, (agent) => tokensOf(agent, rights, access))
            : undefined,
    ]);
    return { trusted: certificatesOf(access.trusted), keyring, tokens };
}

async function firstAnswer<T>(
    agents: readonly ConsulClient[],
    ask: (agent: ConsulClient) => Promise<T>,
): Promise<T | undefined> {
    for (const agent of agents) {
        const answer = await ask(agent).catch(() => undefined);
        if (answer !== undefined) {
            return answer;
        }
    }
    return undefined;
}

async function keyringOf(agent: ConsulClient, access: AccessFile): Promise<KeyringFacts> {
    const gossipKey = access.joined?.gossipKey ?? gossipKeyOf(access);
    const { keys, primaryKeys, nodes } = await listKeyring(agent);
    return {
        nodes,
        holding: keys[gossipKey] ?? 0,
        using: primaryKeys[gossipKey] ?? 0,
        others: Object.keys(keys).filter((key) => key !== gossipKey).length,
    };
}

async function tokensOf(
    agent: ConsulClient,
    rights: ClusterRights,
    access: AccessFile,
): Promise<TokenFacts> {
    const { secretId } = new ClusterSecrets(access.seed, rights.rotation).token("management");
    const management = await tokenOf(agent, secretId);
    const lost = management === undefined ? [managementContent(rights).Description] : [];
    const all = await listTokens(agent).catch((error: unknown) => {
        // Without a management token nothing is known of the others.
        if (isRefusal(error) && lost.length > 0) {
            return undefined;
        }
        throw error;
    });
    if (all === undefined) {
        return { missing: lost, retired: [] };
    }
    const wanted = wantedTokens(rights, access);
    const there = new Set(all.map(({ AccessorID }) => AccessorID));
    const missing = wanted.filter(({ accessorId }) => !there.has(accessorId));
    const ids = [management?.AccessorID, ...wanted.map(({ accessorId }) => accessorId)];
    const kept = new Set(ids.filter((id) => id !== undefined));
    return {
        missing: [...lost, ...missing.map(({ content }) => content.Description)].sort(),
        retired: retiredTokens(all, rights.access, kept)
            .map(({ Description }) => Description)
            .sort(),
    };
}

/**
 * The certificate that an agent shows, verified or not; undefined where it shows none.
 *
 * @param nodeName the node that answers there. @default it is not known
 */
export async function askServed(
    httpAddress: string,
    nodeName: string | undefined,
    access: Pick<AccessFile, "datacenter" | "domain">,
): Promise<ServedFacts | undefined> {
    const { hostname: address, port } = new URL(httpAddress);
    try {
        const served = await servedCertificate({ host: address, port: Number(port) }, timeoutMs);
        const name = nodeName === undefined ? undefined : certificateName(nodeName, access);
        return { certificate: served.toString(), name, address };
    } catch {
        return undefined;
    }
}

/** Where a secured agent answers without TLS, with whatever; undefined where it does not. @param port Consul's own by
 * default */
export async function askPlainly(
    httpAddress: string,
    port: number = httpPort,
): Promise<string | undefined> {
    const plain = `http://${new URL(httpAddress).hostname}:${port}`;
    try {
        await clientAt(plain).leader();
        return plain;
    } catch (error) {
        return error instanceof ConsulError ? plain : undefined;
    }
}
