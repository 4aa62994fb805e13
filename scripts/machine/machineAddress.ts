import { isIPv4 } from "node:net";
import type { DockerMachineCli } from "./dockerMachineCli.ts";
import { readMachine } from "./machineInspect.ts";
import { readRecord, writeRecord } from "./machineRecord.ts";
import { progress } from "../system/progress.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { ownCertificate } from "./servedCertificate.ts";

/** How long docker-machine may take to tell: its driver asks the machine by SSH, or its provider. */
const askPatience = 10_000;

/** How long a machine's engine may take to show its certificate. */
const patience = 3000;

/**
 * Asks docker-machine where a machine is now. Its file has the address of the last start by
 * docker-machine; a driver whose machines have changing addresses finds the present one out.
 *
 * @returns undefined where the machine does not run, or its driver cannot tell.
 */
export async function askAddress(
    cli: DockerMachineCli,
    machine: string,
): Promise<string | undefined> {
    const { exitCode, stdout } = await cli.call(["ip", machine], { limit: askPatience });
    const lines = stdout.split("\n").map((line) => line.trim());
    return exitCode === 0 ? lines.findLast((line) => isIPv4(line)) : undefined;
}

/** Finds a machine again that is not where it was, and notes where it is. */
export async function findAgain(
    cli: DockerMachineCli,
    { store, machine, driver }: MachineRequest,
): Promise<void> {
    // The address of an existing host is the settings' own.
    if (driver === "generic" || (await isInPlace(store, machine))) {
        return;
    }
    const now = await askAddress(cli, machine);
    const { address } = await readMachine(store, machine);
    if (now !== undefined && now !== address) {
        progress(`${machine} is at ${now} now, no longer at ${address}`);
        await notePlace(store, machine, now);
    }
}

/**
 * Notes where a machine is.
 *
 * @param found its address. @default the one that is known
 */
export async function notePlace(store: string, machine: string, found?: string): Promise<void> {
    const record = await readRecord(store, machine);
    const { address, recorded } = await readMachine(store, machine);
    if (record !== undefined) {
        const place = { address: found ?? address, recorded };
        await writeRecord(store, machine, { ...record, place });
    }
}

function isInPlace(store: string, machine: string): Promise<boolean> {
    return ownCertificate(store, machine, patience).then(
        () => true,
        () => false,
    );
}

/**
 * Whether a machine has another address than its certificate is for. Nothing that this stack runs on
 * such a one is up: its ports are bound to the address before.
 */
export async function hasMoved(store: string, machine: string): Promise<boolean> {
    try {
        const { address } = await readMachine(store, machine);
        return (await ownCertificate(store, machine, patience)).checkIP(address) === undefined;
    } catch {
        return false;
    }
}
