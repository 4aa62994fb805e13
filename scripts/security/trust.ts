import { X509Certificate } from "node:crypto";
import { isRefusal, LockedOutError } from "../consul/consulError.ts";
import { authoritiesFile, certificateFile, tokensFile } from "../protocol/agentFiles.ts";
import type { ClusterRights } from "../protocol/security.ts";
import { parseJson, property } from "../system/json.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import { settledAccess, writeAccess, type AccessFile } from "./accessFile.ts";
import type { FilesOwner } from "./agentFiles.ts";
import { isIssuedBy } from "./certificate.ts";
import { certifiedAccess } from "./clientCertificates.ts";
import { ClusterClients } from "./clusterClients.ts";
import { findLed } from "./ledServer.ts";
import { otherNodes } from "./joinedNodes.ts";
import { fileOwners, type NodeFiles } from "./nodeFiles.ts";
import { ClusterSecrets } from "./secrets.ts";

/** Milliseconds for all agents to have what they were given before: they take it at once. */
const currentLimit = 15_000;

/** The certificates of the CAs that agents of this cluster are known to trust, PEM. Of a machine that does not answer
 * nothing is known. */
export async function trustedByNodes(rights: ClusterRights, files: NodeFiles): Promise<string> {
    const read = fileOwners(rights).map((node) =>
        files.read(node, authoritiesFile).catch(() => undefined),
    );
    return (await Promise.all(read)).map((text) => text ?? "").join("\n");
}

/**
 * Sees to it that all members of a cluster can be told of a new CA.
 *
 * @param before the rights until now.
 * @throws Error naming those that are not declared: they would take no other for a member any more, and a server among
 *     them would still be counted for the quorum.
 */
export async function checkTellable(rights: ClusterRights, before: AccessFile): Promise<void> {
    const consul = await findLed(ClusterClients.with(before, rights), rights);
    const found = consul === undefined ? [] : await otherNodes(consul, rights, before);
    // Nodes of stacks that join accept what the CA before vouches for, until their stacks tell them.
    const others = found
        .filter(({ kind }) => kind === "own" || kind === undefined)
        .map(({ name }) => name);
    if (others.length > 0) {
        const are = others.length === 1 ? "is a member" : "are members";
        throw new Error(
            `the cluster's CA is not changed: ${others.join(", ")} ${are} of it and not declared here, so ` +
                "cannot be told of another CA. Nothing was touched. First run `pulumi up` with the CA of before " +
                "(setting `rotate.ca` or `authority`), so that what is not declared any more has left; then change the CA.",
        );
    }
}

/**
 * Has all agents that exist trust these CAs, without a restart.
 *
 * @param trusted their certificates, PEM.
 * @throws Error naming each node that could not be told: none of the CAs may be dropped before, and no certificate of a
 *     new one be given out.
 */
export async function trust(
    rights: ClusterRights,
    trusted: string,
    files: NodeFiles,
): Promise<void> {
    const told = await Promise.allSettled(
        fileOwners(rights).map((node) => files.write(node, { [authoritiesFile]: trusted })),
    );
    const problems = told.flatMap((one) =>
        one.status === "rejected" ? [describeError(one.reason)] : [],
    );
    if (problems.length > 0) {
        throw new Error(
            `the CAs of the cluster change, and not all nodes know it: ${problems.join("; ")}. Nothing is lost: both ` +
                "CAs are valid until all do. Bring the node back, or declare it no more; then run `pulumi up` again.",
        );
    }
}

/**
 * Has all agents, and this computer, forget the CAs of before. From then on agents that demand certificates of their
 * callers refuse those of before: the scripts' is replaced first, which all accept by now.
 *
 * @param kept what this computer does not forget. @default nothing
 */
export async function forgetBefore(
    rights: ClusterRights,
    access: AccessFile,
    files: NodeFiles,
    kept: Pick<AccessFile, "earlier"> = {},
): Promise<void> {
    const settled = await certifiedAccess(settledAccess(access));
    await writeAccess(rights.access, { ...access, client: settled.client });
    await trust(rights, settled.trusted, files);
    await writeAccess(rights.access, { ...settled, ...kept });
}

/**
 * Waits until every agent has what belongs to these rights, and nothing but that is needed any more to ask it: it
 * takes its token, and its certificate is of today's CA.
 *
 * @throws Error naming each node that does not.
 */
export async function untilCurrent(
    rights: ClusterRights,
    access: AccessFile,
    files: NodeFiles,
): Promise<void> {
    const secrets = new ClusterSecrets(access.seed, rights.rotation);
    const clients = ClusterClients.with(settledAccess(access), rights);
    const problemOf = async (node: FilesOwner): Promise<string | undefined> => {
        const { nodeName, httpAddress, askThrough: queryVia = nodeName } = node;
        const { secretId } = secrets.nodeToken("recovery", nodeName);
        if (queryVia !== nodeName) {
            return fileProblem(node, secretId, access, files);
        }
        // A new connection, so its certificate is looked at again.
        await clients.at(nodeName, httpAddress).get("/v1/agent/self", { token: secretId });
        return undefined;
    };
    const check = async () => {
        const found = await Promise.all(
            fileOwners(rights).map(async (node) => {
                const problem = await problemOf(node).catch(lack);
                return problem === undefined ? [] : [`${node.nodeName}: ${problem}`];
            }),
        );
        const problems = found.flat();
        return problems.length === 0
            ? undefined
            : "not all agents have their present certificate and tokens, so those of before remain valid: " +
                  problems.join("; ");
    };
    await waitFor(check, { limit: currentLimit, interval: 300, onChange: progress });
}

/** What an agent lacks that answers like this. */
function lack(error: unknown): string {
    if (error instanceof LockedOutError) {
        return "its certificate is not of today's CA";
    }
    return isRefusal(error) ? "it does not take its present token" : describeError(error);
}

/** The same of a node that is not reached from outside, by its files. */
async function fileProblem(
    node: FilesOwner,
    recovery: string,
    { ca }: AccessFile,
    files: NodeFiles,
): Promise<string | undefined> {
    const [tokens, certificate] = await Promise.all([
        files.read(node, tokensFile),
        files.read(node, certificateFile),
    ]);
    const own = property(property(parseJson(tokens ?? ""), "acl"), "tokens");
    if (property(own, "agent_recovery") !== recovery) {
        return `${tokensFile} has other tokens`;
    }
    const isOurs =
        certificate !== undefined &&
        isIssuedBy(new X509Certificate(certificate), new X509Certificate(ca.certificate));
    return isOurs ? undefined : `${certificateFile} is of another CA`;
}
