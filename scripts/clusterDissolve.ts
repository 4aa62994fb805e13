import { mkdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import type { DissolveRequest } from "./requests.ts";
import { storeLayout } from "./storeLayout.ts";

/** Says that the cluster is to live: a node that is removed leaves it in good order. */
export async function keepCluster({ store }: DissolveRequest): Promise<string> {
    await rm(storeLayout(store).dissolving, { force: true });
    return "kept";
}

/**
 * Says that the whole cluster goes. What follows removes its nodes one by one; for none of them
 * is there anybody left to say farewell to, nor a quorum to keep.
 */
export async function dissolveCluster({ store }: DissolveRequest): Promise<undefined> {
    const { root, dissolving } = storeLayout(store);
    await mkdir(root, { recursive: true });
    await writeFile(dissolving, "");
    return undefined;
}

/** Whether the whole cluster is being removed. */
export function isDissolving(store: string): boolean {
    return existsSync(storeLayout(store).dissolving);
}
