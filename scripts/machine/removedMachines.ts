import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { entries, replaceFile } from "../system/files.ts";
import { hasTypes, parseJson } from "../system/json.ts";
import { generationOf, type OfGeneration } from "./machineRecord.ts";
import type { Store } from "./store.ts";

/** What is noted of a machine that was removed here. */
interface Removal extends OfGeneration {
    /** `project/stack` whose machine it was. */
    readonly owner: string;
}

/**
 * Notes that a machine was removed here. The stack's state keeps its entry until Pulumi has recorded the removal; a run
 * that is interrupted before that finds by this that the machine is gone, and not merely unknown here.
 */
export function noteRemoval(store: Store, name: string, removal: Removal): Promise<void> {
    const { owner, generation } = removal;
    return replaceFile(fileOf(store, name), JSON.stringify({ owner, generation }));
}

/** Whether a machine of this generation, or a later one, was removed here. */
export async function wasRemoved(store: Store, name: string, generation: number): Promise<boolean> {
    const removal = await removalOf(store, name);
    return removal !== undefined && generationOf(removal) >= generation;
}

/** Forgets it: a machine of that name is made again. */
export function forgetRemoval(store: Store, name: string): Promise<void> {
    return rm(fileOf(store, name), { force: true });
}

/** Forgets all removals of this owner: its store is closed. */
export async function forgetRemovals(store: Store, owner: string): Promise<void> {
    for (const file of await entries(store.layout.removed)) {
        const name = file.replace(/\.json$/, "");
        if ((await removalOf(store, name))?.owner === owner) {
            await forgetRemoval(store, name);
        }
    }
}

async function removalOf(store: Store, name: string): Promise<Removal | undefined> {
    const text = await readFile(fileOf(store, name), "utf8").catch(() => "");
    const removal = parseJson(text);
    return isRemoval(removal) ? removal : undefined;
}

function isRemoval(value: unknown): value is Removal {
    return hasTypes(value, { owner: "string", generation: "number|undefined" });
}

function fileOf({ layout }: Store, name: string): string {
    return join(layout.removed, `${name}.json`);
}
