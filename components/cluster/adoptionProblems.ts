import { isGeneric } from "../machine/machineArgs.ts";
import { isLab, nodesOf, type ConsulClusterArgs } from "./clusterArgs.ts";

/** What is wrong with the nodes that are to take the place of a container that is there, a line each. */
export function adoptionProblems(args: ConsulClusterArgs): string[] {
    return nodesOf(args).flatMap((node) => {
        if (!("adopt" in node) || node.adopt === undefined) {
            return [];
        }
        const { name, machine } = node;
        const rule =
            isLab(machine) || !isGeneric(machine) ? "a host that exists before" : ruleOf(args);
        return rule === undefined ? [] : [`${name}: adopt: it takes ${rule}; leave it out.`];
    });
}

/** What it takes; undefined where the cluster is so. */
function ruleOf(args: ConsulClusterArgs) {
    const { machine, imageFlavour, join = [], joinCluster, container } = args;
    if (machine !== undefined) {
        return "a machine for each node";
    }
    if (imageFlavour === "progrium") {
        return "Consul's official image";
    }
    if (container?.data !== undefined) {
        return 'a place for its data as it has: "container" without "data"';
    }
    return join.length > 0 || joinCluster !== undefined ? "a cluster of this one's own" : undefined;
}
