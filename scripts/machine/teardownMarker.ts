import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TeardownRequest } from "../protocol/requests.ts";
import { Store } from "./store.ts";

/** Whether the whole cluster of this stack is being removed. */
export function isBeingTornDown(store: string, owner: string): boolean {
    return existsSync(markerOf(store, owner));
}

/** Whether the computer that began to remove it reached one of its hosts then: what does not answer is lost. */
export function teardownReaches(store: string, owner: string): boolean {
    const marker = markerOf(store, owner);
    return existsSync(marker) && readFileSync(marker, "utf8") === reachesText;
}

/** Content of the marker where a host was reached. It is empty otherwise, and of versions before. */
const reachesText = "reached";

/**
 * Notes that the whole cluster is being removed. Its nodes are then removed one by one, and none of them
 * has to leave the cluster or keep its quorum.
 *
 * @param reaches whether one of its hosts was reached from here.
 */
export async function beginTeardown(
    { store, owner }: TeardownRequest,
    reaches = false,
): Promise<undefined> {
    const { root, marker } = new Store(store).layout;
    if ((await mkdir(root, { recursive: true, mode: 0o700 })) !== undefined) {
        // On a computer without the store: the folder goes again with the stack.
        await writeFile(marker, "");
    }
    await writeFile(markerOf(store, owner), reaches ? reachesText : "");
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
