import { isLab } from "../../components/cluster/clusterArgs.ts";
import { defaultDockerHost, socketPathOf } from "../../components/machine/labHost.ts";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import type { Settings } from "../settings/settings.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** The CPUs of machines by the names of their declarations; those that are not known are missing. */
export type MachineCpus = ReadonlyMap<string, string>;

/** Milliseconds for an engine to tell its CPU. */
const timeout = 3000;

/**
 * The CPUs of the declared machines, as Docker calls them: of one that exists its engine tells it; a lab machine, and one
 * that VirtualBox is to make, has this computer's. That of an existing host which becomes a machine is told by the look at
 * it, and of any other machine it is known once it is there.
 */
export async function machineCpus(
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
    { lab }: Pick<Settings, "lab">,
): Promise<MachineCpus> {
    const socketPath = socketPathOf(lab?.dockerHost ?? defaultDockerHost);
    const ofComputer = lab === undefined ? undefined : cpuOf(new EngineApi({ socketPath }));
    const found = await Promise.all(
        declared.map(
            async (one) => [one.name, await cpuOfMachine(one, machines, ofComputer)] as const,
        ),
    );
    return new Map(found.flatMap(([name, cpu]) => (cpu === undefined ? [] : [[name, cpu]])));
}

async function cpuOfMachine(
    { name, generation, machine: declared }: DeclaredMachine,
    machines: StackMachines,
    ofComputer: Promise<string | undefined> | undefined,
): Promise<string | undefined> {
    if (isLab(declared)) {
        return ofComputer;
    }
    const machine = machines.machine(name);
    const record = await machine.record().catch(() => undefined);
    if (record?.state === "made" && generationOf(record) === generationOf({ generation })) {
        const engine = await machine.engine().catch(() => undefined);
        return engine === undefined ? undefined : cpuOf(engine);
    }
    return declared.driver === "virtualbox" ? nodeCpus[process.arch] : undefined;
}

async function cpuOf(engine: EngineApi): Promise<string | undefined> {
    const asked = engine.ask<{ readonly Arch?: string }>("/version", { timeout });
    return asked.then(
        ({ Arch }) => Arch,
        () => undefined,
    );
}

/** What Docker calls a CPU that Node calls so. */
const nodeCpus: Readonly<Record<string, string>> = {
    x64: "amd64",
    arm64: "arm64",
    arm: "arm",
    ia32: "386",
};
