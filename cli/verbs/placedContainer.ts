import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import type { MachineEngine } from "../stack/stateContainers.ts";

/** A node's container, and the engine that it is on. */
export interface PlacedContainer {
    readonly container: string;
    readonly engine: MachineEngine;
}

/**
 * Where a node's agent runs.
 *
 * @throws TaskFailure where the cluster has no such node, or its machine did not answer in the last run.
 */
export function containerOf({ nodes, containers }: StateCluster, node: string): PlacedContainer {
    const found = containers.find((one) => one.node === node);
    if (found === undefined) {
        throw new TaskFailure(
            Object.hasOwn(nodes, node)
                ? `${node}: it has no container yet; \`pulumi up\` makes it`
                : `NODE: got "${node}"; expected one of ${Object.keys(nodes).join(", ")}`,
            exitCodes.missing,
        );
    }
    if (found.engine === undefined) {
        throw new TaskFailure(
            `${node}: its machine did not answer in the last run; \`npm run doctor\` tells why`,
        );
    }
    return { container: found.name, engine: found.engine };
}
