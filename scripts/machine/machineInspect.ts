import { readFile } from "node:fs/promises";
import { readRecord } from "./machineRecord.ts";
import { sleep } from "../system/progress.ts";
import { machineFiles } from "./storeLayout.ts";

/** What is known of a machine without asking it. */
export interface InspectedMachine {
    /** Its address: of its last start by docker-machine, or where `machine up` found it since. */
    readonly address: string;
    /** The address that docker-machine's file has. */
    readonly recorded: string;
    /** Where its engine listens, at that address. */
    readonly endpoint: string;
}

const defaultEnginePort = 2376;

/**
 * Reads a machine's entry in the store.
 *
 * From the file rather than from `docker-machine inspect`: some forks mix other lines into that
 * answer. The file is replaced by removing and renaming, so its absence may last a moment.
 *
 * @throws Error when there is no such machine, or it has no address yet.
 */
export async function readMachine(store: string, machine: string): Promise<InspectedMachine> {
    const config: unknown = JSON.parse(await readConfig(machineFiles(store, machine).config));
    const driver = property(config, "Driver");
    const recorded = property(driver, "IPAddress");
    if (typeof recorded !== "string" || recorded === "") {
        throw new Error(`${machine}: docker-machine knows no address of it.`);
    }
    const port = property(driver, "EnginePort");
    const enginePort = typeof port === "number" && port > 0 ? port : defaultEnginePort;
    const { place } = (await readRecord(store, machine)) ?? {};
    const address = place?.recorded === recorded ? place.address : recorded;
    return { address, recorded, endpoint: `tcp://${address}:${enginePort}` };
}

async function readConfig(file: string): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
        try {
            return await readFile(file, "utf8");
        } catch (error) {
            if (attempt === 5) {
                throw error;
            }
            await sleep(50);
        }
    }
}

function property(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
