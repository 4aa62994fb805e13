import { removeOwned } from "../docker/ownedObjects.ts";
import { EngineApi } from "../docker/engineApi.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";
import { describeError, progress } from "../system/progress.ts";
import { generationOf } from "./machineRecord.ts";
import { placeInFlags, reachedAt, type EnginePlace } from "./reached.ts";
import { wasRemoved } from "./removedMachines.ts";
import { forgetVariable } from "./removeMachine.ts";
import type { Store } from "./store.ts";

/**
 * Whether a machine of which the store has no entry is gone for certain: its removal was noted here, it was never
 * completed, another generation took its place, or its host is removed by a resource of the stack's own.
 *
 * @param served its engine's certificate, where the state keeps it.
 */
export async function isGone(
    store: Store,
    request: MachineRequest,
    served: string | undefined,
): Promise<boolean> {
    const { machine: name, driver, hostRemains } = request;
    const generation = generationOf(request);
    const record = await store.machine(name).record();
    const isOther = record !== undefined && generationOf(record) !== generation;
    return (
        isOther ||
        record?.state === "making" ||
        (driver === "generic" && !hostRemains) ||
        (await wasRemoved(store, name, generation, served))
    );
}

/**
 * Removes what this stack ran on an existing host of which the store has no entry: by the certificates that all machines
 * of the store share.
 *
 * @throws Error where they do not let in, or it is no such host: it may run, for all that is known here.
 */
export async function clearWithoutEntry(store: Store, request: MachineRequest): Promise<void> {
    const { machine, flags, hostRemains, owner } = request;
    const place = hostRemains ? placeInFlags(flags) : undefined;
    const isStoreHere = (await entries(store.layout.certs)).length > 0;
    let failure = "";
    if (place !== undefined && isStoreHere) {
        try {
            await removeOwned(new EngineApi({ ...place, tls: await store.clientTls() }), owner);
            progress(`${machine}: its entry in ${store.path} is gone; its host was cleared`);
            return;
        } catch (error) {
            failure = ` What ran on it could not be removed: ${describeError(error)}.`;
        }
    }
    const missing = isStoreHere
        ? `docker-machine's store ${store.path} has no entry of it`
        : `docker-machine's store ${store.path} is not in this folder`;
    throw new Error(
        `${machine}: ${missing}, and the state does not keep what it takes to remove this machine of ${owner}.${failure} ` +
            `${await engineSeen(request.driver, place)}; nothing was removed. Run \`pulumi preview\` first, which lays the ` +
            "store down from the stack's state where the state keeps it; or copy the folder from where the stack was " +
            `brought up (docs/team.md). If the machine is gone for good, run this with ${forgetVariable}=1.`,
    );
}

/** What is left where. */
async function engineSeen(driver: string, place: EnginePlace | undefined): Promise<string> {
    if (place === undefined) {
        return `A machine of the driver "${driver}" would go on running, and cost what it costs`;
    }
    const endpoint = `tcp://${place.host}:${place.port}`;
    const reached = await reachedAt(place);
    return reached.kind === "engine"
        ? `An engine answers at ${endpoint}, where the containers and volumes of this stack are`
        : `Whether its host still has containers and volumes is not to be seen from here: ${endpoint}: ${reached.reason}`;
}
