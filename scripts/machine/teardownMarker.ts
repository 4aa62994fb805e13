import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TeardownRequest } from "../protocol/requests.ts";
import { Store } from "./store.ts";

/** Whether the whole cluster of this stack is being removed. */
export function isBeingTornDown(store: string, owner: string): boolean {
    return existsSync(markerOf(store, owner));
}

/**
 * Notes that the whole cluster is being removed. Its nodes are then removed one by one, and none of them
 * has to leave the cluster or keep its quorum.
 */
export async function beginTeardown({ store, owner }: TeardownRequest): Promise<undefined> {
    const { root, marker } = new Store(store).layout;
    if ((await mkdir(root, { recursive: true, mode: 0o700 })) !== undefined) {
        // On a computer without the store: the folder goes again with the stack.
        await writeFile(marker, "");
    }
    await writeFile(markerOf(store, owner), "");
}

/** Notes that the cluster is to stay: a node that is removed leaves it properly. */
export async function cancelTeardown({ store, owner }: TeardownRequest): Promise<string> {
    await rm(markerOf(store, owner), { force: true });
    return "kept";
}

/** Present in the store during the teardown. A cluster whose teardown was interrupted has it: the name stays. */
function markerOf(store: string, owner: string): string {
    return join(new Store(store).layout.root, `.dissolving-${encodeURIComponent(owner)}`);
}
