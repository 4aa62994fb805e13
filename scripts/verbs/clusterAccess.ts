import { randomBytes } from "node:crypto";
import type { ConsulClient } from "../consul/consulClient.ts";
import { lockedOut } from "../consul/consulError.ts";
import type {
    AccessRequest,
    AuthorityRequest,
    ClientCertificateRequest,
    ClusterRights,
    JoinAuthoritiesAnswer,
    JoinAuthoritiesRequest,
    KeyPair,
} from "../protocol/security.ts";
import { progress } from "../system/progress.ts";
import {
    certificatesOf,
    gossipKeyOf,
    nextAccess,
    readAccess,
    removeAccess,
    settledAccess,
    writeAccess,
    type AccessFile,
} from "../security/accessFile.ts";
import { crossSign, makeAuthority } from "../security/authority.ts";
import { certifiedAccess, clientCertificate } from "../security/clientCertificates.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { rotateGossipKey, wholeKeyring, type GossipPool } from "../security/gossip.ts";
import { grantBefore, grantTokens, leaderLimit } from "../security/grant.ts";
import { joinAuthorities } from "../security/joinAuthorities.ts";
import { checkJoinedCurrent, checkJoinedPresent } from "../security/joinedNodes.ts";
import { untilLed } from "../security/ledServer.ts";
import { checkRetiredManagement, earlierManagement } from "../security/management.ts";
import { undeclaredMembers } from "../security/members.ts";
import { engineFiles, fileOwners, type NodeFiles } from "../security/nodeFiles.ts";
import { deleteRetired } from "../security/reconcile.ts";
import { findOpen } from "../securing/findOpen.ts";
import { secureCluster } from "../securing/secureCluster.ts";
import {
    checkTellable,
    forgetBefore,
    trust,
    trustedByNodes,
    untilCurrent,
} from "../security/trust.ts";

/** Makes the secret from which a cluster's gossip key and tokens are derived: base64 of 32 random bytes. */
export function makeSeed(): Promise<string> {
    return Promise.resolve(randomBytes(32).toString("base64"));
}

/** Makes the CA of a cluster's certificates, or answers the one that is brought. */
export function makeCa({ brought }: AuthorityRequest = {}): Promise<KeyPair> {
    return brought === undefined ? makeAuthority() : Promise.resolve(brought);
}

/** Makes the authorities below a cluster's CA that stacks which join it are given, or answers those of before. */
export function makeJoinAuthorities(
    request: JoinAuthoritiesRequest,
): Promise<JoinAuthoritiesAnswer> {
    return joinAuthorities(request, process.env.PULUMI_COMMAND_STDOUT);
}

/** Makes a certificate for whoever asks agents that demand one, or answers the one of before. */
export function makeClientCertificate(request: ClientCertificateRequest): Promise<KeyPair> {
    return clientCertificate(request, process.env.PULUMI_COMMAND_STDOUT);
}

/**
 * Answers what a secret's Command has answered before, on a change of that Command that is none of the secret.
 *
 * @throws Error where Pulumi does not hand the answer on.
 */
export function keepSecret(): Promise<string> {
    const before = process.env.PULUMI_COMMAND_STDOUT ?? "";
    if (before === "") {
        return Promise.reject(
            new Error(
                "the secret of before is not handed on, and no other is made in its place: restore the stack's state " +
                    "from a backup, or make another one by its number in the setting `rotate`.",
            ),
        );
    }
    return Promise.resolve(before);
}

/**
 * Writes the rights to ask a cluster onto this computer, and prepares what runs of it for what its nodes are given
 * next: all trust the CA of today and those of before, and the tokens of today exist.
 *
 * What was valid before stays known until {@link settleRights}, so an interrupted change goes on from wherever it was.
 * A cluster that does not run yet is not waited for; one that runs open is secured so far that its containers can be
 * replaced one by one.
 *
 * @throws Error naming the nodes that cannot be told of a new CA.
 */
export async function writeRights(
    request: AccessRequest,
    files: NodeFiles = engineFiles,
): Promise<string> {
    const before = await readAccess(request.access).catch(() => undefined);
    const open = await findOpen(request, before);
    // Where the file was lost, the nodes say whom they trust.
    const isLost = before === undefined || before.restored === true;
    const known = isLost ? await trustedByNodes(request, files) : "";
    const next = {
        ...nextAccess(request, before, known, open.agents.length > 0),
        ...(before === undefined ? {} : await changedCa(request, before)),
    };
    // The scripts' certificate of before is the one that all agents accept, until all know today's CA.
    const access = next.client === undefined ? await certifiedAccess(next) : next;
    await writeAccess(request.access, access);
    if (open.agents.length > 0) {
        await secureCluster({ ...open, rights: request, access, snapshots: request.snapshots });
    }
    if (certificatesOf(access.trusted).length > 1) {
        progress("all nodes are to trust the new CA besides the one before");
        await trust(request, access.trusted, files);
    }
    await grantBefore(ClusterClients.with(access, request), request, access);
    return "written";
}

/** What a change of a cluster's own CA takes: that all members can be told of it, or accept it as they are. */
async function changedCa(
    request: AccessRequest,
    before: AccessFile,
): Promise<Pick<AccessFile, "crossCertificate">> {
    const isOwn = request.joined === undefined && before.joined === undefined;
    if (!isOwn || before.ca.certificate === request.ca.certificate) {
        return {};
    }
    await checkTellable(request, before);
    return { crossCertificate: await crossSign(request.ca.certificate, before.ca) };
}

/** Removes the rights to ask a cluster from this computer. */
export async function removeRights({ access }: Pick<AccessRequest, "access">): Promise<undefined> {
    await removeAccess(access);
    return undefined;
}

/** Makes the policies and tokens that a cluster lacks, once it has a leader. */
export async function grantRights(rights: ClusterRights): Promise<string> {
    const access = await readAccess(rights.access);
    await grantTokens(ClusterClients.with(access, rights), rights, access);
    return "granted";
}

/**
 * Ends what a change of a cluster's secrets has begun, while the cluster runs: the gossip key is changed, tokens of
 * before are deleted, CAs of before are not trusted any more, and this computer forgets both. In a cluster that has
 * nothing of before nothing is changed.
 *
 * @throws Error naming a node that is away, or has not taken its part: what it needs is still valid then.
 */
export async function settleRights(
    rights: ClusterRights,
    files: NodeFiles = engineFiles,
): Promise<string> {
    const access = await readAccess(rights.access);
    const consul = await untilLed(ClusterClients.with(access, rights), rights, leaderLimit);
    if (access.joined !== undefined) {
        return settleJoined(consul, rights, access, files);
    }
    await rotateGossipKey(gossipPool(consul, rights, files), wantedKey(rights, access));
    if (isUnsettled(access)) {
        await untilCurrent(rights, access, files);
        await checkJoinedCurrent(consul, rights, access);
    }
    const earlier = earlierManagement(access);
    const deleted = await deleteRetired(consul, rights, access, earlier);
    if (deleted.length > 0) {
        progress(`deleted ${deleted.length} ACL tokens of before: ${deleted.join(", ")}`);
    }
    await checkRetiredManagement(consul, earlier);
    if (isUnsettled(access)) {
        // Nodes that are about to be removed have their tokens of before, by which they are asked to leave.
        const leaving = await undeclaredMembers(consul, rights);
        const kept = leaving.length > 0 && access.earlier ? { earlier: access.earlier } : {};
        await forgetBefore(rights, access, files, kept);
    }
    return "settled";
}

function isUnsettled({ earlier = [], trusted, securing = false, restored }: AccessFile): boolean {
    return (
        securing || restored === true || earlier.length > 0 || certificatesOf(trusted).length > 1
    );
}

/**
 * The same of nodes in another stack's cluster. Its keys and tokens are changed there; here each node gets the gossip
 * keys if it was away meanwhile, and the CA of before is trusted no longer once all servers have left it.
 */
async function settleJoined(
    consul: ConsulClient,
    rights: ClusterRights,
    access: AccessFile,
    files: NodeFiles,
): Promise<string> {
    await wholeKeyring(gossipPool(consul, rights, files), access.joined?.gossipKey ?? "");
    if (isUnsettled(access)) {
        await untilCurrent(rights, access, files);
        await checkServersCurrent(ClusterClients.with(settledAccess(access), rights).ofJoined());
        await forgetBefore(rights, access, files);
    }
    return "settled";
}

/** @throws Error naming another stack's server whose certificate is of the CA before. */
async function checkServersCurrent(servers: readonly ConsulClient[]): Promise<void> {
    const asked = await Promise.all(
        servers.map(async (server) => {
            const lock = await server.leader().then(() => undefined, lockedOut);
            return lock === undefined ? [] : [server.httpAddress];
        }),
    );
    const behind = asked.flat();
    if (behind.length > 0) {
        throw new Error(
            `${behind.join(", ")}: the certificate there is still of the CA before, so that one is trusted as well. Run ` +
                "`pulumi up` in the stack whose cluster it is, then here again.",
        );
    }
}

function wantedKey({ rotation }: ClusterRights, access: AccessFile): string {
    return gossipKeyOf({ ...access, rotation });
}

function gossipPool(consul: ConsulClient, rights: ClusterRights, files: NodeFiles): GossipPool {
    const owners = fileOwners(rights);
    return {
        consul,
        declared: owners.map(({ nodeName }) => nodeName),
        repair: async (name, keys) => {
            const owner = owners.find(({ nodeName }) => nodeName === name);
            // One whose machine does not answer is named with the nodes that are away.
            return (
                owner !== undefined && (await files.rewriteKeyring(owner, keys).catch(() => false))
            );
        },
        mayChange: () => checkJoinedPresent(consul, rights),
    };
}
