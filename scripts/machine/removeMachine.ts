import { rm } from "node:fs/promises";
import { removeOwned } from "../docker/ownedObjects.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";
import { describeError, progress } from "../system/progress.ts";
import type { Machine } from "./machine.ts";
import { removeStarter } from "./lateAddress.ts";
import { endLeftOver, generationOf } from "./machineRecord.ts";
import { placeInFlags, placeOf, reachedAt, reachesAnother } from "./reached.ts";
import { forgetRemoval, noteRemoval } from "./removedMachines.ts";
import { Store } from "./store.ts";
import { isBeingTornDown, teardownReaches } from "./teardownMarker.ts";

/**
 * Removes a machine with its entry in the store. One that another stack made is left alone.
 *
 * @param clears whether what this stack ran on a host that stays is removed as well. Nothing ran on a
 *     half-made one: what is there is older, and not this machine's to remove.
 * @throws Error when its provider does not remove it, its host answers and keeps what ran on it, or it is an existing
 *     host that is not reached from here and neither is any other of the stack's.
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
            (await clearHost(store, machine, request));
        if (isCleared && request.hostRemains) {
            const left = await removeStarter(await machine.cli(request.binary), machine);
            if (left !== undefined) {
                progress(`${machine.name}: ${left}`);
            }
        }
        const { owner, generation } = request;
        await noteRemoval(store, machine, { owner, generation });
        await removeEntry(machine, request.binary).catch(async (error: unknown) => {
            await forgetRemoval(store, machine.name);
            throw error;
        });
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

/**
 * Removes what this stack ran on a host that stays. One that is lost keeps it, and must not hold up the rest of the stack.
 * One that responds is not left with it, and neither is one that only this computer may not reach.
 *
 * @returns whether it was removed.
 */
async function clearHost(
    store: Store,
    machine: Machine,
    request: MachineRequest,
): Promise<boolean> {
    const { owner } = request;
    try {
        await removeOwned(await machine.engine(), owner);
        return true;
    } catch (error) {
        const failure = `what ran on it could not be removed: ${describeError(error)}`;
        const problem = isGivenUp() ? undefined : await keptProblem(store, machine, request);
        if (problem !== undefined) {
            throw new Error(`${machine.name}: ${failure}. ${problem}`, { cause: error });
        }
        progress(`${machine.name}: ${failure}`);
        return false;
    }
}

/** How an operator says that machines are given up: what may run on them is left as it is. */
export const forgetVariable = "CONSUL_MACHINES_FORGET";

/** Whether an operator has said so. */
export function isGivenUp(): boolean {
    return process.env[forgetVariable] === "1";
}

/** Why a host that was not cleared cannot be left as it is; undefined where it is lost. */
async function keptProblem(
    store: Store,
    machine: Machine,
    { owner, driver, flags, hostRemains }: MachineRequest,
): Promise<string | undefined> {
    // Without its description it is where its request says.
    const inspected = await machine.inspect().catch(() => undefined);
    const place = inspected === undefined ? placeInFlags(flags) : placeOf(inspected);
    if (place === undefined) {
        return undefined;
    }
    const endpoint = `tcp://${place.host}:${place.port}`;
    const { kind } = await reachedAt(place);
    if (kind === "engine") {
        return (
            `An engine answers at ${endpoint}, so containers and volumes of ${owner} may still be there: remove them ` +
            `there, and then run this again with ${forgetVariable}=1.`
        );
    }
    // The host of a lab machine, and one that a program declares, is removed by its own resource.
    const mayBeOutOfReach = kind === "nothing" && driver === "generic" && hostRemains;
    if (
        !mayBeOutOfReach ||
        teardownReaches(store.path, owner) ||
        (await reachesAnother(store, owner, machine.name))
    ) {
        return undefined;
    }
    return (
        `Nothing answers at ${endpoint}, nor at another host of ${owner}: this computer may have no way to them, and ` +
        `they run on. Run this where they are reached; or, if this one is lost, with ${forgetVariable}=1.`
    );
}
