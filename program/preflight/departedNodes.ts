import type { DepartedNode } from "../../components/cluster/clusterArgs.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import { sharedMachineName } from "../../scripts/protocol/names.ts";
import { unreachableReason } from "./machineProbe.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/**
 * The nodes that have a machine and are declared no longer, and whose machine does not answer. The machine that all
 * nodes share is none: it is never removed but with the stack.
 */
export async function departedNodes(
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
): Promise<DepartedNode[]> {
    const present = new Set([sharedMachineName, ...declared.map(({ name }) => name)]);
    const others = (await machines.nodes()).filter(({ name }) => !present.has(name));
    const probed = others.map(async ({ name, record }) =>
        (await unreachableReason(machines.machine(name))) === undefined
            ? []
            : [{ name, generation: generationOf(record) }],
    );
    return (await Promise.all(probed)).flat();
}
