import { StackMachines } from "../../../../program/preflight/stackMachines.ts";

/** The machines of the stack `consul-machines/dev` in a store. */
export function devMachines(store: string, dockerMachine?: string): StackMachines {
    return new StackMachines({ project: "consul-machines", stack: "dev", store, dockerMachine });
}
