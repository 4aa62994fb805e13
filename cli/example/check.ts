import { join } from "node:path";
import type { EngineApi } from "../../scripts/docker/engineApi.ts";
import { Store } from "../../scripts/machine/store.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { waitFor } from "../../scripts/system/waitFor.ts";
import type { StackClients } from "../stack/stackClients.ts";
import { nodesSchema, type DeclaredNodes } from "../stack/stackNodes.ts";
import type { Outputs } from "../stack/workspace.ts";
import { machinesFolder } from "./examples.ts";

/** An example that is up, as its check sees it. */
export interface RunningExample {
    readonly outputs: Outputs;
    /** The example's own folder; the machines' store is `.state/machines` in it. */
    readonly folder: string;
    /** Asks its agents, with the rights of its stack. */
    readonly clients: StackClients;
    /** Reports one thing that was found to be as it should be. */
    readonly tell: (line: string) => void;
}

/** What `check.ts` of an example exports: it throws what was seen in place of what should be. */
export interface ExampleCheck {
    readonly check: (example: RunningExample) => Promise<void>;
}

/**
 * The nodes that an example exports, by name.
 *
 * @throws Error where it exports none.
 */
export function nodesOf({ nodes }: Outputs): DeclaredNodes {
    return nodesSchema.parse(nodes);
}

/**
 * Asks until there is an answer, for what takes a moment in a cluster.
 *
 * @param what is waited for, in words.
 * @param seconds after which it fails.
 * @param ask throws while there is no answer.
 * @throws Error with what was seen last.
 */
export function eventually<T>(what: string, seconds: number, ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        const check = async () => {
            resolve(await ask());
            return undefined;
        };
        waitFor(check, { limit: seconds * 1000 }).catch((error: unknown) => {
            reject(new Error(`${what}: ${describeError(error)}`, { cause: error }));
        });
    });
}

/** The engine of one of an example's machines. */
export function onMachine(folder: string, machine: string): Promise<EngineApi> {
    return new Store(join(folder, machinesFolder)).machine(machine).engine();
}
