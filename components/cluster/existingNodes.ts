import { ownState } from "../pulumi/ownState.ts";

/**
 * The names of the nodes of a cluster that are there before this run, as {@link RolloutArgs.existing} takes them: those that
 * were ready once, and were not removed since. Await it before the cluster is declared.
 *
 * @param cluster the cluster's own name in the program.
 */
export async function existingNodes(cluster: string): Promise<string[]> {
    const resources = await ownState();
    return nodesAmong(
        cluster,
        resources.map(({ urn }) => urn),
    );
}

/** A node's place in the cluster is made behind its gate, and is removed with the node. */
const suffix = "-member";

/** The nodes that have a place in the cluster, among resources of a stack. */
export function nodesAmong(cluster: string, urns: readonly string[]): string[] {
    const prefix = `${cluster}-`;
    const names = urns
        .map((urn) => urn.slice(urn.lastIndexOf("::") + 2))
        .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
        // A later machine of the same node has its number behind a dot.
        .map((name) => name.slice(prefix.length, -suffix.length).replace(/\.\d+$/, ""));
    return [...new Set(names)];
}
