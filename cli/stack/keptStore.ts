import { isKeptFiles, keptIn } from "../../scripts/machine/keptFiles.ts";
import { layStore } from "../../scripts/machine/layStore.ts";
import { Store } from "../../scripts/machine/store.ts";
import type { KeptFiles } from "../../scripts/protocol/keptStore.ts";
import { parseJson, property } from "../../scripts/system/json.ts";
import type { StackState } from "./stackState.ts";
import type { StateCluster } from "./stateCluster.ts";

/** The Commands whose answers have a part of docker-machine's store. */
const keeping: readonly unknown[] = ["store open", "machine up"];

/**
 * Lays down what the state keeps of a cluster's machine store and this computer lacks, as each preview does.
 *
 * @returns a line for the operator; none where nothing was missing, or the state does not keep it.
 */
export async function layDownStore(state: StackState, { store }: StateCluster): Promise<string[]> {
    const laid = await layStore(new Store(store), keptFiles(state, store));
    return laid.length === 0
        ? []
        : [`${store}: laid down from the stack's state: ${laid.join(", ")}.`];
}

/** What a state keeps of this store: in the outputs of this project's own program, and in what its Commands answered. */
export function keptFiles({ resources, outputs }: StackState, store: string): KeptFiles {
    const exported = property(outputs.machineStore, "files");
    const answers = resources.flatMap(({ type, inputs, outputs: { stdout } }) => {
        const { create, stdin } = inputs;
        const isOurs = type === "command:local:Command" && keeping.includes(create);
        const asked = typeof stdin === "string" ? property(parseJson(stdin), "store") : undefined;
        return isOurs && asked === store && typeof stdout === "string" ? [keptIn(stdout)] : [];
    });
    const all = isKeptFiles(exported) ? [exported, ...answers] : answers;
    return Object.fromEntries(all.flatMap((some) => Object.entries(some)));
}
