/** Names that several layers share. States and hosts hold them: none may change. */

/** The cluster's logical name in this project's own program, from which those of all resources are made. */
export const clusterName = "consul";

/** Name of the one machine that all nodes of a cluster share; no node may have it. */
export const sharedMachineName = "machine";

/** docker-machine's name of a node's machine. The stack's name keeps the machines of stacks apart that share
 * a driver's account or network. */
export function machineNameOf(stack: string, node: string): string {
    return `${stack}-${node}`;
}

/** Who makes a stack's machines and containers: the value of the owner label. */
export function ownerOf(project: string, stack: string): string {
    return `${project}/${stack}`;
}

/** Container that plays a lab machine. */
export function labContainerOf(project: string, machineName: string): string {
    return `${project}-${machineName}`;
}

/** Folder of a stack's machine store where the settings name none, relative to the project. */
export function defaultStoreFolder(stack: string): string {
    return `.state/machines/${stack}`;
}

/** Folder of a stack's snapshots where the settings name none, relative to the project. */
export function defaultSnapshotFolder(stack: string): string {
    return `.state/snapshots/${stack}`;
}

/** File with the rights to ask a secured cluster, relative to the project.
 *
 * @param store folder of its machines' store.
 * @param owner `project/stack`.
 * @param cluster its logical name in its program.
 */
export function accessFileOf(store: string, owner: string, cluster: string): string {
    return `${store}/access/${encodeURIComponent(`${owner}/${cluster}`)}.json`;
}

/** Folder of the store whose machines the cluster with this file runs on. */
export function storeOfAccess(accessFile: string): string {
    return accessFile.replace(/\/access\/[^/]*$/, "");
}
