import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { lock } from "proper-lockfile";
import { cancelTeardown } from "../machine/teardownMarker.ts";
import { removeMachine } from "./machineDown.ts";
import { readRecord } from "../machine/machineRecord.ts";
import { progress } from "../system/progress.ts";
import type { RosterRequest, StoreRequest } from "../protocol/requests.ts";
import { removeRoster, writeRoster } from "../machine/roster.ts";
import { ensureAuthority } from "../machine/storeAuthority.ts";
import { entries, storeLayout } from "../machine/storeLayout.ts";

/** Opens the store, and notes what is declared in it. */
export async function openWithRoster(request: RosterRequest): Promise<string> {
    const path = await openStore(request);
    await writeRoster(request);
    return path;
}

/** Forgets what was declared, and closes the store. */
export async function closeWithRoster(request: RosterRequest): Promise<undefined> {
    await removeRoster(request);
    return closeStore(request);
}

/** Makes the store and its certificate authority, unless they are there, and the latter anew where that
 * is asked for. */
export async function openStore(request: StoreRequest): Promise<string> {
    const layout = storeLayout(request.store);
    const made = await mkdir(layout.root, { recursive: true, mode: 0o700 });
    if (made !== undefined) {
        await writeFile(layout.marker, "");
    }
    const release = await lock(layout.root, {
        retries: { retries: 60, minTimeout: 100, maxTimeout: 1000 },
    });
    try {
        await ensureAuthority(request, layout);
    } finally {
        await release();
    }
    return request.store;
}

/**
 * Removes what is left of this stack in the store: machines of a run that failed, whose Commands
 * Pulumi never recorded, and then the store itself if we made it and nobody else uses it.
 */
export async function closeStore(request: StoreRequest): Promise<undefined> {
    const layout = storeLayout(request.store);
    for (const file of await entries(layout.records)) {
        const machine = basename(file, ".json");
        const record = await readRecord(request.store, machine);
        if (record?.owner === request.owner) {
            progress(`removing ${machine}, which an interrupted run left behind`);
            const { generation } = record;
            const left = { ...request, machine, driver: "", flags: [], hostRemains: true };
            await removeMachine({ ...left, generation });
        }
    }
    await cancelTeardown(request);
    const isOurs = (await entries(layout.root)).includes(basename(layout.marker));
    if (isOurs && (await entries(layout.machines)).length === 0) {
        await rm(layout.root, { recursive: true, force: true });
        // The folder that held the stores of all stacks goes with the last of them.
        await rmdir(dirname(layout.root)).catch(() => undefined);
    }
    return undefined;
}
