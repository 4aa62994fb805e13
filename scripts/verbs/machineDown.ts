import { keptIn, servedOf } from "../machine/keptFiles.ts";
import { layStore } from "../machine/layStore.ts";
import { clearWithoutEntry, isGone } from "../machine/missingEntry.ts";
import { isGivenUp, removeMachine } from "../machine/removeMachine.ts";
import { Store } from "../machine/store.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";

/**
 * Removes a machine, from whichever computer: where the store is not here, with what the state keeps of the machine.
 *
 * @param before the answer of its Command, where Pulumi hands it on.
 * @throws Error when it cannot be removed, or nothing is known of it here and it may still run.
 */
export async function machineDown(
    request: MachineRequest,
    before = process.env.PULUMI_COMMAND_STDOUT,
): Promise<undefined> {
    const store = new Store(request.store);
    const kept = keptIn(before);
    const laid = await layStore(store, kept);
    if (laid.length > 0) {
        progress(`${request.machine}: what is needed to remove it was taken from the state`);
    }
    const isHere = await store.machine(request.machine).exists();
    const served = kept[servedOf(request.machine)];
    if (!isHere && !isGivenUp() && !(await isGone(store, request, served))) {
        await clearWithoutEntry(store, request);
    }
    await removeMachine(request);
}
