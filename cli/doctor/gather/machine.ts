import type { DockerVersion } from "dockerode";
import type { EngineApi } from "../../../scripts/docker/engineApi.ts";
import { servedCertificate } from "../../../scripts/machine/certificates.ts";
import { Store } from "../../../scripts/machine/store.ts";
import { property } from "../../../scripts/system/json.ts";
import { describeError } from "../../../scripts/system/progress.ts";
import type { EngineFailure, MachineFacts } from "../facts.ts";

/** What was learned about a machine, and its engine to ask on, where that answers. */
export interface AskedMachine {
    readonly facts: MachineFacts;
    readonly engine: EngineApi | undefined;
}

/**
 * Asks a machine's engine for its certificate and version, as far as it answers; it never fails, and changes
 * nothing.
 *
 * @param folder docker-machine's store.
 * @param timeoutMs milliseconds for each answer.
 */
export async function askMachine(
    folder: string,
    name: string,
    timeoutMs = 5000,
): Promise<AskedMachine> {
    const machine = new Store(folder).machine(name);
    let facts: MachineFacts = { name, store: folder };
    const failed = (failure: EngineFailure) => ({
        facts: { ...facts, failure },
        engine: undefined,
    });
    try {
        const { hostname: host, port } = new URL((await machine.inspect()).endpoint);
        facts = { ...facts, host };
        const { ca, cert, key } = await machine.tls();
        // The certificate is read unverified, so that the checks can say exactly what is wrong with it.
        const served = await servedCertificate({ host, port: Number(port), cert, key }, timeoutMs);
        facts = { ...facts, certificates: { server: served.toString(), ca, client: cert } };
    } catch (error) {
        return failed({
            at: isRefusedByHost(error) ? "engine" : "machine",
            text: describeError(error),
        });
    }
    try {
        const engine = await machine.engine();
        const { Version } = await engine.ask<DockerVersion>("/version", { timeout: timeoutMs });
        return { facts: { ...facts, engineVersion: Version }, engine };
    } catch (error) {
        return failed({ at: "tls", text: describeError(error) });
    }
}

/** Whether a host answered, and refused: a host that is stopped or gone answers nothing. */
function isRefusedByHost(error: unknown): boolean {
    const code = property(error, "code");
    return (
        typeof code === "string" &&
        (["ECONNREFUSED", "ECONNRESET", "EPROTO"].includes(code) || code.startsWith("ERR_SSL"))
    );
}
