import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RosterRequest } from "../protocol/requests.ts";
import { entries, storeLayout } from "./storeLayout.ts";

/**
 * Notes which machines a program declares. A node that is removed says nothing about whether it
 * comes back: only this tells a machine that is replaced from one that the cluster is to do without.
 */
export async function writeRoster(request: RosterRequest): Promise<void> {
    const file = fileOf(request);
    await mkdir(storeLayout(request.store).rosters, { recursive: true });
    await writeFile(`${file}.${process.pid}`, JSON.stringify(request.machines));
    await rename(`${file}.${process.pid}`, file);
}

/** Forgets what a program declared. */
export async function removeRoster(request: RosterRequest): Promise<void> {
    await rm(fileOf(request), { force: true });
}

/** The machines that the programs which use this store declare, each program's in its order. */
export async function declaredMachines(store: string): Promise<string[]> {
    const { rosters } = storeLayout(store);
    const files = (await entries(rosters)).filter((file) => file.endsWith(".json"));
    const lists = await Promise.all(
        files.map(async (file) => readMachines(await readFile(join(rosters, file), "utf8"))),
    );
    return lists.flat();
}

/** A list that is torn or not ours names no machine. */
function readMachines(text: string): string[] {
    try {
        const machines: unknown = JSON.parse(text);
        return Array.isArray(machines) ? machines.filter((name) => typeof name === "string") : [];
    } catch {
        return [];
    }
}

function fileOf({ store, owner, name }: RosterRequest): string {
    return join(storeLayout(store).rosters, `${encodeURIComponent(`${owner}/${name}`)}.json`);
}
