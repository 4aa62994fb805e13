import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { replaceFile } from "../system/files.ts";
import { movedTo, storeNamedIn } from "./keptFiles.ts";
import type { Store } from "./store.ts";

/**
 * Has docker-machine's descriptions of an owner's machines name the store's folder where they name another one: a store
 * that was moved or copied would go on using files of the old folder, as long as that is there.
 */
export async function settleMoved(store: Store, owner: string): Promise<void> {
    const { root } = store.layout;
    for (const name of await store.machineNames()) {
        const machine = store.machine(name);
        const config = await readFile(machine.files.config, "utf8").catch(() => "");
        const named = storeNamedIn(config);
        if (named !== undefined && !isSame(named, root)) {
            if ((await machine.record())?.owner === owner) {
                await replaceFile(machine.files.config, movedTo(config, root), 0o600);
            }
        }
    }
}

/** Whether two paths lead to the same folder, a link or not. */
function isSame(one: string, other: string): boolean {
    return one === other || (existsSync(one) && realpathSync(one) === realpathSync(other));
}
