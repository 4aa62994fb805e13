import { join } from "node:path";
import { certificatesOf } from "../../scripts/security/accessFile.ts";
import { replaceFile } from "../../scripts/system/files.ts";
import { askedCluster } from "../stack/clusterAccess.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import { cacheFolder } from "../tools/paths.ts";

/**
 * Writes down by what a cluster's certificates are known: no secret. It is kept in the user's cache, a file for each
 * cluster of each stack.
 *
 * @returns the file, and the rights that it is from; undefined for an open cluster.
 * @throws Error where the cluster is secured, and its CA is neither on this computer nor in its state.
 */
export async function writeCaFile(cluster: StateCluster) {
    const { access, rights } = await askedCluster(cluster);
    if (access === undefined) {
        return undefined;
    }
    if (rights === undefined) {
        throw new Error(
            `${access}: the rights to ask this cluster are neither on this computer nor in the stack's state. ` +
                "`pulumi up` writes them.",
        );
    }
    const name = `${encodeURIComponent(`${cluster.owner}/${cluster.name}`)}.pem`;
    const file = join(cacheFolder(), "ca", name);
    // While a CA is being replaced agents may have certificates of either.
    await replaceFile(file, certificatesOf(rights.trusted).join(""), 0o644);
    return { file, rights };
}
