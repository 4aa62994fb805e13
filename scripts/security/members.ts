import { alive } from "../consul/answers.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import type { ClusterRights } from "../protocol/security.ts";

/** The names of a gossip pool's members that are alive. */
export async function livingMembers(consul: ConsulClient): Promise<ReadonlySet<string>> {
    const members = await consul.members();
    return new Set(members.filter(({ Status }) => Status === alive).map(({ Name }) => Name));
}

/** The members that are alive and not declared: nodes that are about to be removed, or another stack's. None of their
 * files is written. */
export async function undeclaredMembers(
    consul: ConsulClient,
    { nodes }: Pick<ClusterRights, "nodes">,
): Promise<string[]> {
    return [...(await livingMembers(consul))].filter((name) => !(name in nodes));
}
