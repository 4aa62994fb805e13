import type { ClusterRights, AccessRequest } from "../protocol/security.ts";
import type { AccessFile } from "../security/accessFile.ts";
import { describeError } from "../system/progress.ts";
import { findContainer, type OpenAgent } from "./openAgent.ts";

/** What runs of a cluster that is to be secured. */
export interface FoundOpen {
    /** The agents that have the container of an open cluster. */
    readonly agents: readonly OpenAgent[];
}

/**
 * Looks which agents of a cluster run as in an open one: none in a cluster that is known as secured already.
 *
 * @param before the rights until now; undefined where there are none here.
 * @throws Error where there are such agents, and a machine does not answer: what its agent is, is not known. Or where
 *     a cluster that is being secured is to have other secrets.
 */
export async function findOpen(
    request: AccessRequest,
    before: AccessFile | undefined,
): Promise<FoundOpen> {
    if (before !== undefined && before.securing !== true && before.restored !== true) {
        return { agents: [] };
    }
    const found = await Promise.allSettled(ownersOf(request).map(findContainer));
    const agents = found.flatMap((one) =>
        one.status === "fulfilled" && typeof one.value === "object" ? [one.value] : [],
    );
    const silent = found.flatMap((one) =>
        one.status === "rejected" ? [describeError(one.reason)] : [],
    );
    if (agents.length > 0 && request.joined !== undefined) {
        throw new Error(
            "the nodes of this stack run in an open cluster, and are to join the secured one of another stack: none " +
                "of them is moved while it runs. Nothing was touched. Destroy this stack, and make it anew.",
        );
    }
    if (agents.length > 0 && silent.length > 0) {
        throw new Error(
            `the cluster is not secured now: ${silent.join("; ")}. Nothing was touched by this run, and the cluster ` +
                "serves on. Bring the machine back, or declare its node no more; then run `pulumi up` again.",
        );
    }
    if (agents.length > 0 && before !== undefined && !isSameOrigin(request, before)) {
        throw new Error(
            "the cluster is being secured, and is to have other secrets than those that its agents were given " +
                "already (setting `rotate`, or a Command of a secret that was replaced). Nothing was touched. Set " +
                "`rotate` back, run `pulumi up` until the cluster is secured, and rotate then.",
        );
    }
    return { agents };
}

function ownersOf({ nodes }: Pick<ClusterRights, "nodes">) {
    return Object.entries(nodes).map(([nodeName, node]) => ({ nodeName, ...node }));
}

function isSameOrigin(request: AccessRequest, before: AccessFile): boolean {
    const key = ({ seed, rotation, ca }: Pick<AccessFile, "seed" | "rotation" | "ca">) => {
        const { gossip, tokens, management } = rotation;
        return JSON.stringify([seed, gossip, tokens, management, ca.certificate]);
    };
    return key(request) === key(before);
}
