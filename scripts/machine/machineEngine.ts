import { EngineApi } from "../docker/engineApi.ts";
import { readMachine } from "./machineInspect.ts";
import { ownCertificate } from "./servedCertificate.ts";

/**
 * The engine of a machine in a store, at the address that docker-machine knows of it.
 *
 * @throws Error when there is no such machine, or its TLS files are not all there.
 */
export async function engineOf(store: string, machine: string): Promise<EngineApi> {
    const { endpoint } = await readMachine(store, machine);
    return EngineApi.ofMachine(store, machine, endpoint);
}

/**
 * Whether a machine's engine, and not another one's, answers to its store's certificates.
 *
 * @param timeout milliseconds that it may take.
 */
export async function engineAnswers(
    store: string,
    machine: string,
    timeout: number,
): Promise<boolean> {
    try {
        await ownCertificate(store, machine, timeout);
        await (await engineOf(store, machine)).text("/_ping", { timeout });
        return true;
    } catch {
        return false;
    }
}
