import { nodeResourceName } from "../../components/cluster/clusterMachines.ts";
import type { Machine } from "../../scripts/machine/machine.ts";
import { generationOf, livingProblem } from "../../scripts/machine/machineRecord.ts";
import { clusterName, sharedMachineName } from "../../scripts/protocol/names.ts";
import { describeError } from "../../scripts/system/progress.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** Milliseconds without an answer of a machine's engine after which it counts as unreachable. */
const timeout = 3000;

/** What the probe of one machine found; nothing where it answers. */
export interface MachineProbe {
    /** What the operator should know before anything is done. */
    readonly warning?: string;
    /** Where and why the declared machine does not answer. */
    readonly unreachable?: string;
    /** Why the settings are refused. */
    readonly problem?: string;
}

/**
 * Probes whether a machine that this stack made still answers. The warning about one that does not names it, with
 * the ways out: Pulumi itself only says that it reaches no Docker daemon, not on which machine. It is no refusal,
 * for leaving the machine out of this run is one of the ways out.
 *
 * A machine that answers is not replaced by another generation: that is refused.
 */
export async function probeMachine(
    { name, generation }: Pick<DeclaredMachine, "name" | "generation">,
    machines: StackMachines,
): Promise<MachineProbe> {
    const machine = machines.machine(name);
    const record = await machine.record();
    if (record?.state !== "made") {
        return {};
    }
    const before = generationOf(record);
    const now = generationOf({ generation });
    const unreachable = await unreachableReason(machine);
    if (before !== now) {
        if (unreachable === undefined && !(await machine.isDisplaced())) {
            return { problem: livingProblem(name, before, now) };
        }
        const why =
            unreachable ?? `another machine answers where its machine "${machine.name}" was`;
        return { warning: `${name}: ${why}; it is abandoned and recreated as generation ${now}.` };
    }
    if (unreachable === undefined) {
        return {};
    }
    const said = `${name}: ${unreachable}. What changes on it will fail, all else goes on. Start it again;`;
    if (name === sharedMachineName) {
        const way = "destroy the stack, create it again, and restore a snapshot";
        return { unreachable, warning: `${said} or, if it is lost, ${way}: docs/restore.md.` };
    }
    const excluded = `--exclude '**::${nodeResourceName(clusterName, name, now)}-*'`;
    const next = `pulumi config set --path 'generations.${name}' ${now + 1}`;
    return {
        unreachable,
        warning:
            `${said} or leave it out of a change of all nodes, or of a refresh, adding ${excluded}; or, ` +
            `if it is lost, have another one take its place: \`${next}\`, then \`pulumi up\` ` +
            "(docs/replace.md). Meanwhile `pulumi destroy` needs --run-program.",
    };
}

/** Where and why a machine's engine does not answer; undefined where it does. */
export async function unreachableReason(machine: Machine): Promise<string | undefined> {
    let endpoint = "its endpoint";
    try {
        endpoint = (await machine.inspect()).endpoint;
        await (await machine.engine()).text("/_ping", { timeout });
        return undefined;
    } catch (error) {
        const reason = describeError(error);
        return `its machine "${machine.name}" does not answer at ${endpoint} (${reason})`;
    }
}
