import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EngineApi } from "../../../scripts/docker/engineApi.ts";
import { readMachine } from "../../../scripts/machine/machineInspect.ts";
import { shownCertificate } from "../../../scripts/machine/servedCertificate.ts";
import { machineFiles } from "../../../scripts/machine/storeLayout.ts";
import { messageOf } from "../../tools/obtain.ts";
import type { CertificateFacts, MachineFacts, Silence } from "../facts.ts";
import { Store } from "../../../scripts/machine/store.ts";

/** What was learned about a machine, and its engine to ask on, where that answers. */
export interface AskedMachine {
    readonly facts: MachineFacts;
    readonly engine: EngineApi | undefined;
}

/**
 * Asks a machine's engine who it is, as far as it answers; it never fails, and changes nothing.
 *
 * @param patience milliseconds that it may take for each answer.
 */
export async function askMachine(
    store: string,
    machine: string,
    patience = 5000,
): Promise<AskedMachine> {
    const unknown = { name: machine, store, host: undefined, engineVersion: undefined };
    let endpoint: string;
    try {
        endpoint = (await readMachine(store, machine)).endpoint;
    } catch (error) {
        const silence = { at: "machine", text: messageOf(error) } as const;
        return { facts: { ...unknown, silence, certificates: undefined }, engine: undefined };
    }
    const { hostname: host, port } = new URL(endpoint);
    const greeted = await greet(store, machine, { host, port: Number(port), patience });
    const facts = { ...unknown, host, certificates: greeted.certificates };
    if (greeted.silence !== undefined) {
        return { facts: { ...facts, silence: greeted.silence }, engine: undefined };
    }
    try {
        const engine = await new Store(store).machine(machine).engine();
        const answer = await engine.ask("/version", { timeout: patience });
        const { Version: engineVersion } = z.object({ Version: z.string() }).parse(answer);
        return { facts: { ...facts, silence: undefined, engineVersion }, engine };
    } catch (error) {
        const silence = { at: "tls", text: messageOf(error) } as const;
        return { facts: { ...facts, silence }, engine: undefined };
    }
}

interface Greeting {
    readonly silence: Silence | undefined;
    readonly certificates: CertificateFacts | undefined;
}

/** Where an engine listens, and how long it may take. */
interface Whom {
    readonly host: string;
    readonly port: number;
    readonly patience: number;
}

/** Shakes hands with an engine without believing it: what is wrong with its certificate is ours to
 * say, and more exactly than by the error of whoever refuses it. */
async function greet(
    store: string,
    machine: string,
    { host, port, patience }: Whom,
): Promise<Greeting> {
    try {
        const files = machineFiles(store, machine);
        const [authority, client, key] = await Promise.all([
            readFile(files.ca, "utf8"),
            readFile(files.cert, "utf8"),
            readFile(files.key, "utf8"),
        ]);
        const shown = await shownCertificate({ host, port, cert: client, key }, patience);
        const certificates = { server: shown.toString(), authority, client };
        return { silence: undefined, certificates };
    } catch (error) {
        return { silence: silenceOf(error), certificates: undefined };
    }
}

/** A refusal comes from a host that is there; silence may come from none. */
function silenceOf(error: unknown): Silence {
    const code: unknown = Reflect.get(Object(error), "code");
    const isThere =
        typeof code === "string" &&
        (["ECONNREFUSED", "ECONNRESET", "EPROTO"].includes(code) || code.startsWith("ERR_SSL"));
    return { at: isThere ? "engine" : "machine", text: messageOf(error) };
}
