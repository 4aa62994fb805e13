import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import type { ClusterRights } from "../../scripts/protocol/security.ts";
import type { AccessFile } from "../../scripts/security/accessFile.ts";
import { earlierManagement } from "../../scripts/security/management.ts";
import { deleteRetired } from "../../scripts/security/reconcile.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { grantRights } from "../../scripts/verbs/clusterAccess.ts";
import { TaskFailure } from "../show/task.ts";

/** What a stack's cluster is to have of tokens. */
export interface OwnRights {
    readonly rights: ClusterRights;
    readonly access: AccessFile;
}

/**
 * Makes the tokens of a stack's cluster that a snapshot lacked, and deletes those that it brought back.
 *
 * @param server one that knows a leader.
 * @returns descriptions of those that were deleted.
 * @throws TaskFailure where the cluster does not accept it.
 */
export async function putTokensRight(
    server: ConsulClient,
    { rights, access }: OwnRights,
): Promise<string[]> {
    try {
        await grantRights(rights);
        return await deleteRetired(server, rights, access, earlierManagement(access));
    } catch (error) {
        throw new TaskFailure(
            "The data are restored, but the cluster has the ACL tokens of the snapshot: its own could not be " +
                `put right (${describeError(error)}).`,
        );
    }
}
