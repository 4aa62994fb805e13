import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../pulumi/refusal.ts";
import { placeProblems, type HostPlace } from "./hostAddress.ts";
import { isGeneric, isKnownHost, type MachineArgs } from "./machineArgs.ts";

/**
 * Where a machine's host is, as its arguments say; undefined where only the machine knows. What another resource says is
 * checked once it is known, and fails the run where it cannot be.
 *
 * @param name of the machine's resource.
 */
export function checkedPlace(
    name: string,
    machine: MachineArgs,
    parent: pulumi.Resource,
): HostPlace | pulumi.Output<HostPlace> | undefined {
    if (isKnownHost(machine)) {
        return { address: machine.address, reach: machine.reach };
    }
    if (!isGeneric(machine)) {
        return undefined;
    }
    const { address, reach } = machine;
    return pulumi.all([address, reach]).apply(([known, elsewhere]) => {
        const place = { address: known, reach: elsewhere };
        const problems = placeProblems(place);
        return problems.length === 0
            ? pulumi.output(place)
            : refuse(`${name}-refused`, `${name}: ${problems.join(" ")}`, parent);
    });
}
