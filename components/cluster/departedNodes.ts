import * as pulumi from "@pulumi/pulumi";
import { machineNameOf } from "../../scripts/protocol/names.ts";
import { silentProvider } from "../machine/machineProvider.ts";
import { nodeType } from "../node/consulNode.ts";
import type { DepartedNode } from "./clusterArgs.ts";
import { nodeResourceName } from "./clusterMachines.ts";

/**
 * Declares of each such node its provider alone, as one that connects to nothing. The engine deletes what else is
 * recorded of the node; it loads the provider for that, although it asks it for nothing, for all goes with the
 * machine. The run after that one finds no record of the machine and removes the provider as well.
 */
export function declareDeparted(
    cluster: string,
    nodes: readonly DepartedNode[],
    parent: pulumi.Resource,
): void {
    for (const { name, generation } of nodes) {
        const node = nodeResourceName(cluster, name, generation);
        // The provider keeps its URN, of which its parent's type is a part.
        const component = new pulumi.ComponentResource(nodeType, node, {}, { parent });
        silentProvider(node, machineNameOf(pulumi.getStack(), name), { parent: component });
    }
}
