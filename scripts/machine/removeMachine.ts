import { rm } from "node:fs/promises";
import { removeOwned } from "../docker/ownedObjects.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";
import { describeError, progress } from "../system/progress.ts";
import type { Machine } from "./machine.ts";
import { servedCertificate } from "./certificates.ts";
import { removeStarter } from "./lateAddress.ts";
import { endLeftOver, generationOf } from "./machineRecord.ts";
import { noteRemoval } from "./removedMachines.ts";
import { Store } from "./store.ts";
import { isBeingTornDown } from "./teardownMarker.ts";

/**
 * Removes a machine with its entry in the store. One that another stack made is left alone.
 *
 * @param clears whether what this stack ran on a host that stays is removed as well. Nothing ran on a
 *     half-made one: what is there is older, and not this machine's to remove.
 * @throws Error when its provider does not remove it, or its host answers and keeps what ran on it.
 */
export async function removeMachine(request: MachineRequest, clears = true): Promise<void> {
    const store = new Store(request.store);
    const machine = store.machine(request.machine);
    const record = await machine.record();
    if (record !== undefined && generationOf(record) !== generationOf(request)) {
        // It was abandoned when the present one took its place.
        progress(`${machine.name} stays, as its generation ${generationOf(record)}`);
        return;
    }
    await endLeftOver(record);
    if (await machine.exists()) {
        if (record?.owner !== request.owner) {
            progress(`${machine.name} was made by ${record?.owner ?? "somebody else"}; left alone`);
            return;
        }
        // The host of one that is recreated may be the same as before, and a server that found its old
        // data there would come back as the member that has just left.
        const isReplaced = async () =>
            (await store.declaredMachines()).includes(machine.name) &&
            !isBeingTornDown(store.path, request.owner);
        const isCleared =
            clears &&
            (request.hostRemains || (await isReplaced())) &&
            (await clearHost(machine, request.owner));
        if (isCleared && request.hostRemains) {
            const left = await removeStarter(await machine.cli(request.binary), machine);
            if (left !== undefined) {
                progress(`${machine.name}: ${left}`);
            }
        }
        await removeEntry(machine, request.binary);
        const { owner, generation } = request;
        await noteRemoval(store, machine.name, { owner, generation });
    }
    await machine.removeRecord();
}

/**
 * Removes a machine's entry in the store, and with drivers that made its host, the host.
 *
 * @param binary the docker-machine binary. @default the first one found
 */
export async function removeEntry(machine: Machine, binary?: string): Promise<void> {
    const { name, folder } = machine;
    const cli = await machine.cli(binary);
    const { tail } = await cli.call(["rm", "-y", name], { show: true });
    const left = await entries(folder);
    if (!left.includes("config.json")) {
        // Without its description docker-machine can do nothing for a machine, nor remove it.
        await rm(folder, { recursive: true, force: true });
        return;
    }
    throw new Error(
        `${name}: docker-machine did not remove it:\n  ${tail.join("\n  ")}\n` +
            `If the machine is gone at its provider, "docker-machine -s ${machine.layout.root} ` +
            `rm -f ${name}" removes its entry; otherwise that would leave it running, unknown.`,
    );
}

/** Removes what this stack ran on a host that stays. One that does not respond keeps it: it may be lost, and
 * must not hold up the rest of the stack. One that responds is not left with it.
 *
 * @returns whether it was removed. */
async function clearHost(machine: Machine, owner: string): Promise<boolean> {
    try {
        await removeOwned(await machine.engine(), owner);
        return true;
    } catch (error) {
        const failure = `what ran on it could not be removed: ${describeError(error)}`;
        const answering = await answeringEndpoint(machine);
        if (answering !== undefined && process.env[forgetVariable] !== "1") {
            throw new Error(
                `${machine.name}: ${failure}. An engine answers at ${answering}, so containers and ` +
                    `volumes of ${owner} may still be there: remove them there, and then run this ` +
                    `again with ${forgetVariable}=1.`,
                { cause: error },
            );
        }
        progress(`${machine.name}: ${failure}`);
        return false;
    }
}

/** How an operator says that machines are given up: what may run on them is left as it is. */
export const forgetVariable = "CONSUL_MACHINES_FORGET";

/** Where an engine of the machine's answers, be it to other certificates than these; undefined where none does. */
async function answeringEndpoint(machine: Machine): Promise<string | undefined> {
    try {
        const { address, endpoint } = await machine.inspect();
        const { cert, key } = await machine.tls();
        const port = Number(new URL(endpoint).port);
        await servedCertificate({ host: address, port, cert, key }, answerTimeoutMs);
        return endpoint;
    } catch {
        return undefined;
    }
}

/** Milliseconds that an engine may take to show its certificate. */
const answerTimeoutMs = 3000;
