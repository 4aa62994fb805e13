import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { z } from "zod";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { engineOf } from "../../scripts/machine/machineEngine.ts";
import { messageOf } from "../tools/obtain.ts";
import { machinesFolder } from "./places.ts";

const nodesSchema = z.record(
    z.string(),
    z.object({
        role: z.string(),
        address: z.string(),
        httpAddress: z.string(),
        machine: z.string(),
    }),
);

/** The nodes by name that an example exports. */
export function nodesOf(outputs: Readonly<Record<string, unknown>>) {
    return nodesSchema.parse(outputs.nodes);
}

/**
 * Asks until there is an answer, for what takes a moment in a cluster.
 *
 * @param what is waited for, in words.
 * @param within seconds.
 * @param ask throws for as long as it is not so.
 * @throws Error with what was seen last.
 */
export async function eventually<T>(
    what: string,
    within: number,
    ask: () => Promise<T>,
): Promise<T> {
    const deadline = Date.now() + within * 1000;
    for (;;) {
        try {
            return await ask();
        } catch (error) {
            if (Date.now() > deadline) {
                throw new Error(`${what}: not so within ${within} s: ${messageOf(error)}`, {
                    cause: error,
                });
            }
        }
        await sleep(200);
    }
}

/** The engine of one of an example's machines. */
export async function onMachine(folder: string, machine: string): Promise<EngineApi> {
    const store = join(folder, machinesFolder);
    return engineOf(store, machine);
}
