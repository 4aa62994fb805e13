import { EngineApi } from "../scripts/engineApi.ts";
import { readMachine } from "../scripts/machineInspect.ts";
import { readRecord } from "../scripts/machineRecord.ts";
import { describeError } from "../scripts/progress.ts";
import type { StackMachines } from "./takenPorts.ts";

/** How long a machine's engine may take to answer before it counts as dead. */
const patience = 3000;

/**
 * Looks whether the machines that this stack made still answer, and names those that do not, with
 * the ways out. Pulumi itself only says that it reaches no Docker daemon, not on which machine.
 *
 * A warning, not a refusal: leaving the machine out of this run is one of the ways out.
 */
export async function deadMachineWarnings(
    nodes: readonly { readonly name: string }[],
    machines: StackMachines,
): Promise<string[]> {
    const found = await Promise.all(nodes.map(({ name }) => deadMachine(name, machines)));
    return found.filter((warning) => warning !== undefined);
}

async function deadMachine(
    node: string,
    { store, stack }: StackMachines,
): Promise<string | undefined> {
    const machine = `${stack}-${node}`;
    const record = await readRecord(store, machine);
    if (record?.state !== "made") {
        return undefined;
    }
    let endpoint = "its endpoint";
    try {
        endpoint = (await readMachine(store, machine)).endpoint;
        const engine = await EngineApi.ofMachine(store, machine, endpoint);
        await engine.text("/_ping", { timeout: patience });
        return undefined;
    } catch (error) {
        return (
            `${node}: its machine "${machine}" does not answer at ${endpoint} ` +
            `(${describeError(error)}). Whatever touches it will fail. Start it again; or go on ` +
            `without it, adding --exclude '**::consul-${node}-*'; or, if it is lost, take the node out of ` +
            "the settings, run `pulumi up`, and put it back: docs/replace.md."
        );
    }
}
