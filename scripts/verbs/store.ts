import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { lock } from "proper-lockfile";
import { removeMachine } from "../machine/removeMachine.ts";
import { Store } from "../machine/store.ts";
import { ensureAuthority } from "../machine/storeAuthority.ts";
import { cancelTeardown } from "../machine/teardownMarker.ts";
import type { RosterRequest, StoreRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";
import { progress } from "../system/progress.ts";

/** Opens the store, and records what is declared in it. */
export async function openWithRoster(request: RosterRequest): Promise<string> {
    const path = await openStore(request);
    await new Store(path).writeRoster(request);
    return path;
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
    const isOurs = (await entries(root)).includes(basename(marker));
    if (isOurs && (await store.machineNames()).length === 0) {
        await rm(root, { recursive: true, force: true });
        // The folder that held the stores of all stacks goes with the last of them.
        await rmdir(dirname(root)).catch(() => undefined);
    }
}
