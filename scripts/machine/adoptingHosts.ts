import { readFile, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { AdoptedAgent } from "../protocol/adoption.ts";
import { entries, replaceFile } from "../system/files.ts";
import { hasTypes, parseJson, property } from "../system/json.ts";
import type { Machine } from "./machine.ts";

/*
 * What is adopted on a host is told to `machine up` by a file beside the store, for as long as it makes the machine. It
 * is no part of its request: whoever takes the setting out later, or leaves it, changes nothing by that.
 */

function fileOf({ layout, name }: Machine): string {
    return join(layout.adopting, `${name}.json`);
}

/** Notes that a host's agent is adopted once the host is a machine. */
export function noteAdopting(machine: Machine, agent: AdoptedAgent): Promise<void> {
    return replaceFile(fileOf(machine), JSON.stringify(agent));
}

/** What is adopted on a host; undefined where nothing is. */
export async function readAdopting(machine: Machine): Promise<AdoptedAgent | undefined> {
    const text = await readFile(fileOf(machine), "utf8").catch(() => "");
    const found = parseJson(text);
    return isAdoptedAgent(found) ? found : undefined;
}

/** Forgets it, once the host is a machine. */
export async function forgetAdopting(machine: Machine): Promise<void> {
    await rm(fileOf(machine), { force: true });
    // The last one takes the folder with it.
    await rmdir(machine.layout.adopting).catch(() => undefined);
}

/** The other machines of the store that are being made where something is adopted. */
export async function othersAdopting({ layout, name }: Machine): Promise<string[]> {
    const files = await entries(layout.adopting);
    return files
        .filter((file) => file.endsWith(".json"))
        .map((file) => basename(file, ".json"))
        .filter((other) => other !== name);
}

function isAdoptedAgent(value: unknown): value is AdoptedAgent {
    const texts = { container: "string", nodeName: "string", httpAddress: "string" } as const;
    return (
        hasTypes(value, { ...texts, role: "string", servers: "object" }) &&
        Object.values(property(value, "servers") ?? {}).every((url) => typeof url === "string")
    );
}
