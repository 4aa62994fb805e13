import type { ClusterPlan } from "./clusterPlan.ts";
import type { NodeOutputs } from "./clusterArgs.ts";
import type { ConsulNode } from "../node/consulNode.ts";

/** What a cluster tells of its nodes, by their names; servers first. */
export function nodeOutputs(
    { servers, clients }: ClusterPlan,
    nodeOf: (name: string) => ConsulNode,
): Readonly<Record<string, NodeOutputs>> {
    return Object.fromEntries(
        [...servers, ...clients].map(({ name, role }) => {
            const { address, httpAddress, machine } = nodeOf(name);
            return [name, { role, address, httpAddress, machine: machine.machineName }];
        }),
    );
}
