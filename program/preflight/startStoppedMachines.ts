import * as pulumi from "@pulumi/pulumi";
import { isLab } from "../../components/cluster/clusterArgs.ts";
import { defaultDockerHost, socketPathOf } from "../../components/machine/labHost.ts";
import { isKnownHost } from "../../components/machine/machineArgs.ts";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { labMachines } from "../../scripts/lab/labMachines.ts";
import { AnotherAnswers } from "../../scripts/machine/certificates.ts";
import type { Machine } from "../../scripts/machine/machine.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { waitFor } from "../../scripts/system/waitFor.ts";
import type { MachineProbe } from "./machineProbe.ts";
import { checkCertificates, type CertificateCheck } from "./provisioning.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** Milliseconds that docker-machine may take to tell a machine's state: its driver may ask its provider. */
const statusTimeoutMs = 5000;

/** Milliseconds from the start of a machine until its engine must serve its certificate. */
const startTimeoutMs = 90_000;

/** States of docker-machine's in which a machine does not run, and `start` brings it back. */
const stoppedStates = new Set(["Stopped", "Saved"]);

/** How stopped machines are started. */
export interface StartOptions {
    readonly machines: StackMachines;
    /** The lab's engine. @default {@link defaultDockerHost} */
    readonly dockerHost?: string | undefined;
    /** Whether the store's certificates last: see {@link checkCertificates}. */
    readonly storeLasts: boolean;
    /** Whether machines are started, or only reported. */
    readonly mayStart: boolean;
}

/** Starts a machine that is stopped. */
export type Start = () => Promise<void>;

/** What starting the stopped machines resulted in. */
export interface StartResult {
    /** What the operator should know before anything else is done. */
    readonly warnings: readonly string[];
    /** Why machines are provisioned again, by node. */
    readonly reasons: Readonly<Record<string, string>>;
    /** The nodes whose machine does not answer, at the end of this. */
    readonly unreachable: readonly string[];
}

/** A declared machine, and what was found about it. */
export interface ProbedMachine {
    readonly declared: DeclaredMachine;
    readonly probe: MachineProbe;
    readonly check: CertificateCheck;
}

/**
 * Starts the machines that are stopped, and checks their certificates again, for a machine may come back at another
 * address. Warns of others that do not answer, and of what this run does about certificates.
 */
export async function startStoppedMachines(
    probed: readonly ProbedMachine[],
    options: StartOptions,
): Promise<StartResult> {
    const results = await Promise.all(probed.map((one) => startOne(one, options)));
    return {
        warnings: [
            ...results.flatMap(({ warning }) => warning ?? []),
            ...results.flatMap(({ check }) => check.notice ?? []),
        ],
        reasons: Object.fromEntries(
            results.flatMap(({ node, check: { reason } }) =>
                reason === undefined ? [] : [[node, reason]],
            ),
        ),
        unreachable: results.flatMap(({ node, isUnreachable }) => (isUnreachable ? [node] : [])),
    };
}

/** What became of one machine. */
interface StartedMachine {
    readonly node: string;
    readonly check: CertificateCheck;
    readonly warning?: string | undefined;
    readonly isUnreachable?: boolean;
}

async function startOne(
    { declared, probe, check }: ProbedMachine,
    options: StartOptions,
): Promise<StartedMachine> {
    const { name: node } = declared;
    const { warning, unreachable } = probe;
    // A machine with a new address does not answer at the old one, and is not lost.
    if (warning === undefined || check.notice !== undefined || check.problem !== undefined) {
        return { node, check };
    }
    // The machine of an earlier generation, which this one replaces.
    if (unreachable === undefined) {
        return { node, check, warning };
    }
    const start = await starterOf(declared, options);
    if (start === undefined) {
        return { node, check, warning, isUnreachable: true };
    }
    if (!options.mayStart) {
        const stopped = `${node}: ${unreachable}, for it is stopped; \`pulumi up\` starts it.`;
        return { node, check, warning: stopped, isUnreachable: true };
    }
    void pulumi.log.info(`${node}: its machine is stopped; starting it.`);
    try {
        await start();
    } catch (error) {
        const failed = `${warning} It is stopped, and does not start: ${describeError(error)}`;
        return { node, check, warning: failed, isUnreachable: true };
    }
    const again = await checkCertificates(declared, options.machines, options.storeLasts);
    return { node, check: { ...check, ...again }, warning: again.problem };
}

/**
 * What would start a machine that does not answer: this computer's engine one of the lab, docker-machine one of a
 * driver.
 *
 * @returns undefined where it is not known to be stopped, or is an existing host, which cannot be started from here.
 */
export async function starterOf(
    { name, machine: declared }: Pick<DeclaredMachine, "name" | "machine">,
    { machines, dockerHost }: Pick<StartOptions, "machines" | "dockerHost">,
): Promise<Start | undefined> {
    const machine = machines.machine(name);
    try {
        const start = isLab(declared)
            ? await labStarter(machines, name, dockerHost)
            : isKnownHost(declared)
              ? undefined
              : await driverStarter(machines, machine);
        return (
            start &&
            (async () => {
                await start();
                await certificateServed(machine);
            })
        );
    } catch {
        return undefined;
    }
}

async function labStarter(
    machines: StackMachines,
    node: string,
    dockerHost = defaultDockerHost,
): Promise<Start | undefined> {
    const engine = new EngineApi({ socketPath: socketPathOf(dockerHost) });
    const container = machines.labContainer(node);
    const all = await labMachines(engine, machines.owner);
    return all.find(({ name, isStopped }) => isStopped && name === container)?.start;
}

async function driverStarter(
    machines: StackMachines,
    { name }: Machine,
): Promise<Start | undefined> {
    const cli = await machines.cli();
    const { stdout } = await cli.call(["status", name], { timeoutMs: statusTimeoutMs });
    return stoppedStates.has(stdout.trim())
        ? async () => {
              await cli.must(["start", name], { show: true });
          }
        : undefined;
}

/** Waits until the machine's engine serves a certificate. One for another address will do: that is repaired later. */
async function certificateServed(machine: Machine): Promise<void> {
    const check = () =>
        machine.certificate(statusTimeoutMs).then(
            () => undefined,
            (error: unknown) =>
                error instanceof AnotherAnswers ? undefined : describeError(error),
        );
    await waitFor(check, { limit: startTimeoutMs, interval: 500 });
}
