import { readFile, rm } from "node:fs/promises";
import { replaceFile } from "../system/files.ts";
import { parseJson } from "../system/json.ts";
import type { Store } from "./store.ts";

/**
 * Forgets the machines that the state had when this folder saw it last and has no longer: they were removed on another
 * computer, and their entries here lead nowhere. One that the state never had, as of a run that failed, stays. Then notes
 * what the state has now.
 *
 * @param owner `project/stack` whose state it is: no other one's machine is forgotten.
 * @param kept docker-machine's names of the machines that the state keeps.
 * @returns the names of those that were forgotten.
 */
export async function forgetRemovedElsewhere(
    store: Store,
    owner: string,
    kept: readonly string[],
): Promise<string[]> {
    const file = store.layout.seen(owner);
    const before = await namesIn(file);
    const forgotten: string[] = [];
    for (const name of before.filter((one) => !kept.includes(one))) {
        const machine = store.machine(name);
        const record = await machine.record();
        if (record?.owner === owner && record.state === "made" && (await machine.exists())) {
            await rm(machine.folder, { recursive: true });
            await machine.removeRecord();
            forgotten.push(name);
        }
    }
    if (kept.join() !== before.join()) {
        await replaceFile(file, JSON.stringify(kept), 0o600);
    }
    return forgotten;
}

async function namesIn(file: string): Promise<string[]> {
    const list = parseJson(await readFile(file, "utf8").catch(() => ""));
    return Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
}
