import { mkdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DissolveRequest } from "../protocol/requests.ts";
import { storeLayout } from "../machine/storeLayout.ts";

/** Says that the cluster is to live: a node that is removed leaves it in good order. */
export async function keepCluster({ store, owner }: DissolveRequest): Promise<string> {
    await rm(markOf(store, owner), { force: true });
    return "kept";
}

/**
 * Says that the whole cluster goes. What follows removes its nodes one by one; for none of them
 * is there anybody left to say farewell to, nor a quorum to keep.
 */
export async function dissolveCluster({ store, owner }: DissolveRequest): Promise<undefined> {
    await mkdir(storeLayout(store).root, { recursive: true });
    await writeFile(markOf(store, owner), "");
    return undefined;
}

/** Whether the whole cluster is being removed. */
export function isDissolving(store: string, owner: string): boolean {
    return existsSync(markOf(store, owner));
}

/** Present in the store while the whole cluster of one stack is being removed. */
function markOf(store: string, owner: string): string {
    return join(storeLayout(store).root, `.dissolving-${encodeURIComponent(owner)}`);
}
