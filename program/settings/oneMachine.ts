import { addressClashes, defaultNodeSubnet } from "../../components/machine/containerAddresses.ts";
import { sharedName } from "../../components/cluster/clusterMachines.ts";
import {
    resolveNode,
    type MachineContext,
    type ResolvedNode,
    type StatedNode,
} from "./nodeSettings.ts";
import { problem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";

/** Settles nodes that share one machine: what is wrong with it is said once, as of no node. */
export function sharedNodes(
    stated: readonly StatedNode[],
    address: string,
    context: MachineContext,
): ResolvedNode[] {
    const machine: StatedNode = {
        name: sharedName,
        // The path of a problem with its address is then the setting's own.
        path: "",
        role: "server",
        ...(address === "" ? {} : { address }),
    };
    const { node, problems } = resolveNode(machine, context);
    return stated.map(({ name }) =>
        node === undefined
            ? { problems: problems.map((text) => text.replace(/^\./, "")) }
            : { node: { name, machine: node.machine }, problems: [] },
    );
}

/** What does not go with one machine for all nodes, or only goes with one. */
export function oneMachineProblems(raw: RawSettings, stated: readonly StatedNode[]): string[] {
    if (!raw.oneMachine) {
        return raw.address === ""
            ? []
            : [problem("address", raw.address, 'it is for "oneMachine"; give each node its own')];
    }
    const problems = stated.flatMap(({ path, name, address, options }) => [
        ...(address === undefined
            ? []
            : [problem(`${path}.address`, address, 'the one machine has it: use "address"')]),
        ...(options === undefined
            ? []
            : [problem(`${path}.options`, options, 'the one machine has them: "driverOptions"')]),
        ...(name === sharedName
            ? [problem(`${path}.name`, name, "the machine that all nodes share is called so")]
            : []),
    ]);
    if (raw.join.length > 0) {
        const rule =
            "nodes that share a machine advertise addresses inside it, which no other machine " +
            "reaches; give each node a machine of its own";
        problems.push(problem("join", raw.join, rule));
    }
    const names = [...new Set(stated.map(({ name }) => name))];
    return [...problems, ...addressClashes(defaultNodeSubnet, names)];
}
