import { sharedName } from "../../components/cluster/clusterMachines.ts";
import { nodeResourceName } from "../../components/node/nodeNames.ts";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import {
    generationOf,
    livingProblem,
    type OfGeneration,
} from "../../scripts/machine/generations.ts";
import { readMachine } from "../../scripts/machine/machineInspect.ts";
import { readRecord } from "../../scripts/machine/machineRecord.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { isDisplaced } from "../../scripts/machine/servedCertificate.ts";
import type { StackMachines } from "./takenPorts.ts";
import { Store } from "../../scripts/machine/store.ts";

/** How long a machine's engine may take to answer before it counts as dead. */
const patience = 3000;

/** A node, as far as its machine is looked at. */
export interface LookedAt extends OfGeneration {
    readonly name: string;
}

/** What a look at one machine came to; nothing where all is well. */
export interface MachineLook {
    /** What is worth saying before anything is done. */
    readonly warning?: string;
    /** Where and why it does not answer, where it is the one that is declared. */
    readonly silence?: string;
    /** What must not be done. */
    readonly problem?: string;
}

/**
 * Looks whether a machine that this stack made still answers. One that does not is named, with the
 * ways out: Pulumi itself only says that it reaches no Docker daemon, not on which machine. A
 * warning, not a refusal, for leaving the machine out of this run is one of the ways out.
 *
 * One that answers is not given up for another generation of it: that is refused.
 */
export async function lookForDead(
    { name, generation }: LookedAt,
    { store, stack }: StackMachines,
): Promise<MachineLook> {
    const machine = `${stack}-${name}`;
    const record = await readRecord(store, machine);
    if (record?.state !== "made") {
        return {};
    }
    const before = generationOf(record);
    const now = generationOf({ generation });
    const silence = await silenceOf(store, machine);
    if (before !== now) {
        if (silence === undefined && !(await isDisplaced(store, machine, patience))) {
            return { problem: livingProblem(name, before, now) };
        }
        const why = silence ?? `another machine answers where its machine "${machine}" was`;
        const warning = `${name}: ${why}; it is given up, and made anew as generation ${now}.`;
        return { warning };
    }
    if (silence === undefined) {
        return {};
    }
    const said = `${name}: ${silence}. Whatever touches it will fail. Start it again;`;
    if (name === sharedName) {
        const way = "destroy the stack, make it anew, and take a snapshot back";
        return { silence, warning: `${said} or, if it is lost, ${way}: docs/restore.md.` };
    }
    const left = `--exclude '**::${nodeResourceName("consul", name, now)}-*'`;
    const next = `pulumi config set --path 'generations.${name}' ${now + 1}`;
    return {
        silence,
        warning:
            `${said} or go on without it, adding ${left}; or, if it is lost, have another one take ` +
            `its place: \`${next}\`, then \`pulumi up\` (docs/replace.md).`,
    };
}

/** Where and why a machine's engine does not answer; undefined where it does. */
async function silenceOf(store: string, machine: string): Promise<string | undefined> {
    let endpoint = "its endpoint";
    try {
        endpoint = (await readMachine(store, machine)).endpoint;
        const engine = await new Store(store).machine(machine).engine();
        await engine.text("/_ping", { timeout: patience });
        return undefined;
    } catch (error) {
        const reason = describeError(error);
        return `its machine "${machine}" does not answer at ${endpoint} (${reason})`;
    }
}
