import { X509Certificate } from "node:crypto";
import { alive, left, type Member } from "../consul/answers.ts";
import { listTokens } from "../consul/consulAcl.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { servedCertificate } from "../machine/certificates.ts";
import type { ClusterRights } from "../protocol/security.ts";
import { describeError } from "../system/progress.ts";
import { certificatesOf, type AccessFile } from "./accessFile.ts";
import { isIssuedBy } from "./certificate.ts";
import { nodesWithTokens } from "./tokens.ts";

const handshakeTimeoutMs = 3000;

/** A member that is not declared here. */
export interface OtherNode {
    readonly name: string;
    /** Whose it is, and what it has: this stack's own, which is about to be removed; another stack's, with what that one
     * is given at present, or was in the past. Undefined where it does not answer. */
    readonly kind: "own" | "present" | "past" | undefined;
    /** Why it does not answer. */
    readonly problem?: string;
}

/** The living members that are not declared here. Whose one is tells its token, or the certificate that it serves: a
 * node of this stack has one of the cluster's CA itself. */
export async function otherNodes(
    consul: ConsulClient,
    { nodes, access: file }: Pick<ClusterRights, "nodes" | "access">,
    access: AccessFile,
): Promise<OtherNode[]> {
    const members = await consul.members();
    const others = members.filter(({ Name, Status }) => Status === alive && !(Name in nodes));
    if (others.length === 0) {
        return [];
    }
    const ours = nodesWithTokens(await listTokens(consul), file);
    // The same on every node of a secured cluster.
    const port = Number(new URL(consul.httpAddress).port);
    const describe = async (member: Member): Promise<OtherNode> =>
        ours.has(member.Name)
            ? { name: member.Name, kind: "own" }
            : describeMember(member, port, access);
    return Promise.all(others.map(describe));
}

async function describeMember(
    { Name: name, Addr: host }: Member,
    port: number,
    { trusted, joinAuthorities = "" }: AccessFile,
): Promise<OtherNode> {
    try {
        const served = await servedCertificate({ host, port }, handshakeTimeoutMs);
        const isOfAny = (pem: string) =>
            certificatesOf(pem).some((ca) => isIssuedBy(served, new X509Certificate(ca)));
        if (isOfAny(trusted)) {
            return { name, kind: "own" };
        }
        return { name, kind: isOfAny(joinAuthorities) ? "present" : "past" };
    } catch (error) {
        return { name, kind: undefined, problem: describeError(error) };
    }
}

/**
 * Sees to it that all stacks whose nodes have joined have taken what they are given now: nothing of before may be out of
 * use earlier. Their agents get certificates, tokens and CAs at once, so the certificate tells of all.
 *
 * @throws Error naming the nodes that have not.
 */
export async function checkJoinedCurrent(
    consul: ConsulClient,
    rights: ClusterRights,
    access: AccessFile,
): Promise<void> {
    const others = await otherNodes(consul, rights, access);
    const behind = others.filter(({ kind }) => kind === "past" || kind === undefined);
    if (behind.length > 0) {
        const names = behind.map(({ name, problem }) =>
            problem === undefined ? name : `${name} (${problem})`,
        );
        throw new Error(
            `${names.join(", ")} of another stack ${are(behind)} still what that stack was given before, so it remains ` +
                "valid, besides what replaces it. Nothing is lost. Run `pulumi up` in that stack, then here again.",
        );
    }
}

const are = (some: readonly unknown[]): string => (some.length === 1 ? "has" : "have");

/**
 * Sees to it that no node of another stack is away: a change of the gossip key would cut it off for ever, and it cannot
 * be repaired from here. A node of this stack that is not declared any more is about to be removed.
 *
 * @throws Error naming those that are.
 */
export async function checkJoinedPresent(
    consul: ConsulClient,
    { nodes, access }: ClusterRights,
): Promise<void> {
    const members = await consul.members();
    const away = members.filter(
        ({ Name, Status }) => Status !== alive && Status !== left && !(Name in nodes),
    );
    if (away.length === 0) {
        return;
    }
    const ours = nodesWithTokens(await listTokens(consul), access);
    const others = away.map(({ Name }) => Name).filter((name) => !ours.has(name));
    if (others.length > 0) {
        throw new Error(
            `${others.join(", ")} of another stack ${others.length === 1 ? "is" : "are"} away, and would be cut off by a ` +
                "change of the gossip key. The key before is still valid. Bring it back, or remove it from its stack " +
                "(`consul force-leave -prune NAME` where that one is lost); then run this again.",
        );
    }
}
