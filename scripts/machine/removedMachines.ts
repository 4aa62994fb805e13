import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { entries, replaceFile } from "../system/files.ts";
import { hasTypes, parseJson } from "../system/json.ts";
import type { Machine } from "./machine.ts";
import { generationOf, type OfGeneration } from "./machineRecord.ts";
import type { Store } from "./store.ts";

/** What is noted of a machine that was removed here. */
interface Removal extends OfGeneration {
    /** `project/stack` whose machine it was. */
    readonly owner: string;
    /** Digest of its engine's certificate: another machine may come to have its name and generation, made on another
     * computer. @default it had none */
    readonly certificate?: string | undefined;
}

/**
 * Notes that a machine is removed here, before its entry is. The stack's state keeps the entry until Pulumi has recorded
 * the removal; a run that is interrupted before that finds by this that the machine is gone, and not merely unknown here.
 */
export async function noteRemoval(store: Store, machine: Machine, removal: Removal): Promise<void> {
    const { owner, generation } = removal;
    const served = await readFile(machine.files.serverCert, "utf8").catch(() => undefined);
    const certificate = digestOf(served);
    const text = JSON.stringify({ owner, generation, certificate });
    await replaceFile(fileOf(store, machine.name), text);
}

/**
 * Whether a machine was removed here, or one of its name and of a later generation.
 *
 * @param served its engine's certificate. @default not known: its name and generation tell which one it is
 */
export async function wasRemoved(
    store: Store,
    name: string,
    generation: number,
    served?: string,
): Promise<boolean> {
    const removal = await removalOf(store, name);
    if (removal === undefined || generationOf(removal) < generation) {
        return false;
    }
    const { certificate } = removal;
    const isKnown = certificate !== undefined && served !== undefined;
    return generationOf(removal) > generation || !isKnown || digestOf(served) === certificate;
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
    const optional = { generation: "number|undefined", certificate: "string|undefined" };
    return hasTypes(value, { owner: "string", ...optional });
}

function digestOf(certificate: string | undefined): string | undefined {
    return certificate && createHash("sha256").update(certificate.trim()).digest("hex");
}

function fileOf({ layout }: Store, name: string): string {
    return join(layout.removed, `${name}.json`);
}
