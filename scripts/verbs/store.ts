import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { lock } from "proper-lockfile";
import { keptAuthority, keptIn } from "../machine/keptFiles.ts";
import { layStore } from "../machine/layStore.ts";
import { forgetRemovals } from "../machine/removedMachines.ts";
import { removeMachine } from "../machine/removeMachine.ts";
import { Store } from "../machine/store.ts";
import { ensureAuthority } from "../machine/storeAuthority.ts";
import { cancelTeardown } from "../machine/teardownMarker.ts";
import type { OpenedStore } from "../protocol/keptStore.ts";
import type { RosterRequest, StoreRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";
import { progress } from "../system/progress.ts";

/**
 * Opens the store, and records what is declared in it. A folder that lacks the store gets the one that the state keeps:
 * another CA would be of no use to the machines that are there.
 *
 * @param before the answer of before, where Pulumi hands it on.
 * @returns what the state keeps, or else the path alone.
 */
export async function openWithRoster(
    request: RosterRequest,
    before = process.env.PULUMI_COMMAND_STDOUT,
): Promise<OpenedStore | string> {
    const { owner, name, inState = true } = request;
    const store = new Store(request.store);
    await layStore(store, keptIn(before));
    const path = await openStore(request);
    await store.writeRoster(request);
    return inState ? { store: path, kept: await keptAuthority(store, [`${owner}/${name}`]) } : path;
}

/** Removes the record of what was declared, and closes the store. */
export async function closeWithRoster(request: RosterRequest): Promise<undefined> {
    await new Store(request.store).removeRoster(request);
    return closeStore(request);
}

/** Makes the store and its certificate authority, unless they are there, and renews the latter where that is
 * asked for. */
export async function openStore(request: StoreRequest): Promise<string> {
    const store = new Store(request.store);
    const { root, marker } = store.layout;
    const made = await mkdir(root, { recursive: true, mode: 0o700 });
    if (made !== undefined) {
        await writeFile(marker, "");
    }
    const release = await lock(root, {
        retries: { retries: 60, minTimeout: 100, maxTimeout: 1000 },
    });
    await ensureAuthority(request, store).finally(release);
    return store.path;
}

/**
 * Removes what is left of this stack in the store: machines of a run that failed, whose Commands
 * Pulumi never recorded, and then the store itself if we made it and no other stack uses it.
 */
export async function closeStore(request: StoreRequest): Promise<undefined> {
    const store = new Store(request.store);
    const { root, records, marker } = store.layout;
    for (const file of await entries(records)) {
        const machine = basename(file, ".json");
        const record = await store.machine(machine).record();
        if (record?.owner === request.owner) {
            progress(`removing ${machine}, which an interrupted run left behind`);
            const { generation } = record;
            const leftOver = { machine, generation, driver: "", flags: [], hostRemains: true };
            await removeMachine({ ...request, ...leftOver });
        }
    }
    await cancelTeardown(request);
    await forgetRemovals(store, request.owner);
    await rm(store.layout.seen(request.owner), { force: true });
    const isOurs = (await entries(root)).includes(basename(marker));
    if (isOurs && (await store.machineNames()).length === 0) {
        await rm(root, { recursive: true, force: true });
        // The folder that held the stores of all stacks goes with the last of them.
        await rmdir(dirname(root)).catch(() => undefined);
    }
}
