import { lookup } from "node:dns/promises";
import { isIPv4 } from "node:net";
import type { MachineRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";
import { isFor } from "./certificates.ts";
import type { DockerMachineCli } from "./dockerMachineCli.ts";
import type { Machine } from "./machine.ts";
import { connectingTo } from "./machinePlace.ts";
import { hostOption } from "./reached.ts";

/**
 * Follows an existing host that is declared to be reached elsewhere than before, or whose address another resource says
 * and has changed. Of the machine itself nothing is changed.
 *
 * @returns why it has to be provisioned again: its engine's certificate is for another address. Undefined where it is not,
 *     or does not answer there.
 */
export async function followHost(
    machine: Machine,
    { driver, flags, address: bound }: MachineRequest,
): Promise<string | undefined> {
    const host = hostOption(flags, "ip-address");
    const record = await machine.record();
    if (driver !== "generic" || host === undefined || record === undefined) {
        return undefined;
    }
    const { recorded } = await machine.inspect();
    if (recorded !== host) {
        progress(`${machine.name} is reached at ${host} now, no longer at ${recorded}`);
        await machine.redescribe((config) => connectingTo(config, host));
    }
    if (record.address !== bound) {
        await machine.writeRecord({ ...record, address: bound });
    }
    // Also where it was followed before: that run may have been interrupted.
    const served = await certificateAt(machine);
    return served === undefined || isFor(served, host) ? undefined : `address ${host}`;
}

function certificateAt(machine: Machine) {
    return machine.certificate().catch(() => undefined);
}

/** Prints a host's addresses, one way or another. */
const addressesQuestion = "ip -4 -o addr show 2>/dev/null || hostname -I";

/**
 * The address of an existing host's own at which this computer reaches it, where that is not its node's. Undefined where
 * another computer translates addresses on the way, and where the host cannot be asked.
 */
export async function ownReach(
    cli: DockerMachineCli,
    machine: Machine,
    { driver, address: bound }: MachineRequest,
): Promise<string | undefined> {
    if (driver !== "generic" || bound === undefined) {
        return undefined;
    }
    const { address: reached } = await machine.inspect();
    const numeric = isIPv4(reached)
        ? reached
        : (await lookup(reached, { family: 4 }).catch(() => undefined))?.address;
    if (numeric === undefined || numeric === bound) {
        return undefined;
    }
    const { stdout } = await cli.call(["ssh", machine.name, addressesQuestion]);
    return stdout.split(/[\s/]+/).includes(numeric) ? numeric : undefined;
}
