import { probeMachine } from "./machineProbe.ts";
import { checkCertificates } from "./provisioning.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";
import {
    startStoppedMachines,
    type ProbedMachine,
    type StartOptions,
    type StartResult,
} from "./startStoppedMachines.ts";
import { findStoppedAgents, startStoppedAgents, type StoppedAgent } from "./stoppedAgents.ts";

/** A declared machine, what was found about it, and which agents on it do not run. */
export interface FoundMachine extends ProbedMachine {
    readonly stopped: readonly StoppedAgent[];
}

/**
 * Looks at the declared machines, all at once: however many are off, the timeout passes once.
 *
 * @param storeLasts whether the store's certificates last: see {@link checkCertificates}.
 */
export function findMachines(
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
    storeLasts: boolean,
): Promise<FoundMachine[]> {
    return Promise.all(
        declared.map(async (one) => {
            const [probe, check, stopped] = await Promise.all([
                probeMachine(one, machines),
                checkCertificates(one, machines, storeLasts),
                findStoppedAgents(one, machines),
            ]);
            return { declared: one, probe, check, stopped };
        }),
    );
}

/**
 * Starts the machines that are stopped, and the agents that are on those that run.
 *
 * @param options `isSecured`: whether the agents are to be a secured cluster's.
 */
export async function startAllStopped(
    found: readonly FoundMachine[],
    options: StartOptions & { readonly isSecured: boolean },
): Promise<StartResult> {
    const result = await startStoppedMachines(found, options);
    // On a machine at another address its agent is replaced.
    const stopped = found.flatMap((one) => (one.check.notice === undefined ? one.stopped : []));
    const still = await startStoppedAgents(stopped, options);
    return { ...result, warnings: [...result.warnings, ...still] };
}
