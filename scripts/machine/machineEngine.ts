import type { EngineApi } from "../docker/engineApi.ts";
import { Store } from "./store.ts";

/** The engine of a machine in a store: see {@link Store}. */
export function engineOf(store: string, machine: string): Promise<EngineApi> {
    return new Store(store).machine(machine).engine();
}

/** Whether a machine's engine answers: see {@link Store}. */
export function engineAnswers(store: string, machine: string, timeout: number): Promise<boolean> {
    return new Store(store).machine(machine).engineAnswers(timeout);
}
