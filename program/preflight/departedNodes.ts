import type { DepartedNode } from "../../components/cluster/clusterArgs.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import { sharedMachineName } from "../../scripts/protocol/names.ts";
import { unreachableReason } from "./machineProbe.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/**
 * The nodes that had a machine, are declared no longer or as another generation, and whose machine does not answer.
 * The machine that all nodes share is none: it is never removed but with the stack.
 */
export async function departedNodes(
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
): Promise<DepartedNode[]> {
    const isDeclared = (name: string, generation: number) =>
        declared.some((one) => one.name === name && generationOf(one) === generation);
    const undeclared = (await machines.nodes())
        .map(({ name, record }) => ({ name, generation: generationOf(record) }))
        .filter(
            ({ name, generation }) => name !== sharedMachineName && !isDeclared(name, generation),
        );
    const probed = undeclared.map(async (node) =>
        (await unreachableReason(machines.machine(node.name))) === undefined ? [] : [node],
    );
    return (await Promise.all(probed)).flat();
}
