import { isIPv4 } from "node:net";
import { progress } from "../system/progress.ts";
import type { DockerMachineCli } from "./dockerMachineCli.ts";
import type { Machine } from "./machine.ts";

/** How long docker-machine may take to answer: its driver asks the machine by SSH, or its provider. */
const askTimeoutMs = 10_000;

/**
 * Asks docker-machine where a machine is now. Its file has the address of the last start by
 * docker-machine; a driver whose machines have changing addresses finds the present one out.
 *
 * @param machine docker-machine's name of it.
 * @returns undefined where the machine does not run, or its driver cannot tell.
 */
export async function askAddress(
    cli: DockerMachineCli,
    machine: string,
): Promise<string | undefined> {
    const { exitCode, stdout } = await cli.call(["ip", machine], { timeoutMs: askTimeoutMs });
    const lines = stdout.split("\n").map((line) => line.trim());
    return exitCode === 0 ? lines.findLast((line) => isIPv4(line)) : undefined;
}

/** Finds the new address of a machine that does not answer at its old one, and records it. */
export async function findAgain(
    cli: DockerMachineCli,
    machine: Machine,
    driver: string,
): Promise<void> {
    // The address of an existing host is the settings' own.
    if (driver === "generic" || (await isInPlace(machine))) {
        return;
    }
    const now = await askAddress(cli, machine.name);
    const { address } = await machine.inspect();
    if (now !== undefined && now !== address) {
        progress(`${machine.name} is at ${now} now, no longer at ${address}`);
        await machine.notePlace(now);
    }
}

function isInPlace(machine: Machine): Promise<boolean> {
    return machine.certificate().then(
        () => true,
        () => false,
    );
}
