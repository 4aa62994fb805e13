import type { ClusterRights } from "../protocol/security.ts";
import { readAgentFile, rewriteKeyring, writeAgentFiles, type FilesOwner } from "./agentFiles.ts";

/** How files of a cluster's agents are read and changed on their machines. */
export interface NodeFiles {
    readonly read: typeof readAgentFile;
    readonly write: typeof writeAgentFiles;
    readonly rewriteKeyring: typeof rewriteKeyring;
}

/** Through the machines' engines. */
export const engineFiles: NodeFiles = {
    read: readAgentFile,
    write: writeAgentFiles,
    rewriteKeyring,
};

/** The nodes of a cluster, as their files are reached. */
export function fileOwners({ nodes }: Pick<ClusterRights, "nodes">): FilesOwner[] {
    return Object.entries(nodes).map(([nodeName, node]) => ({ nodeName, ...node }));
}
