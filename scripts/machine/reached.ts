import { join } from "node:path";
import { defaultEnginePort } from "../hosts/facts/hostPlan.ts";
import { entries } from "../system/files.ts";
import { property } from "../system/json.ts";
import { describeError } from "../system/progress.ts";
import { servedCertificate } from "./certificates.ts";
import type { InspectedMachine } from "./machinePlace.ts";
import type { Store } from "./store.ts";

/** Where a Docker Engine is. */
export interface EnginePlace {
    readonly host: string;
    readonly port: number;
}

/**
 * What is found at an engine's place: an engine, whatever certificates it takes; a host without one; or nothing at all,
 * which may be the fault of this computer's network.
 */
export type Reached =
    { readonly kind: "engine" } | { readonly kind: "host" | "nothing"; readonly reason: string };

/** Milliseconds that an engine may take to show its certificate. */
const timeoutMs = 3000;

/** Asks an engine for nothing but its certificate. */
export async function reachedAt(place: EnginePlace): Promise<Reached> {
    try {
        await servedCertificate(place, timeoutMs);
        return { kind: "engine" };
    } catch (error) {
        const code = String(property(error, "code"));
        // An engine may end the handshake of one that shows no certificate.
        if (code === "ECONNRESET" || code === "EPROTO" || code.startsWith("ERR_SSL_")) {
            return { kind: "engine" };
        }
        const kind = code === "ECONNREFUSED" ? "host" : "nothing";
        return { kind, reason: describeError(error) };
    }
}

/** An option of an existing host, as the flags of `docker-machine create` have it; undefined where none does. */
export function hostOption(flags: readonly string[], name: string): string | undefined {
    const start = `--generic-${name}=`;
    return flags.find((flag) => flag.startsWith(start))?.slice(start.length);
}

/** The place of an existing host's engine, as the flags of `docker-machine create` have it; undefined where none do. */
export function placeInFlags(flags: readonly string[]): EnginePlace | undefined {
    const host = hostOption(flags, "ip-address");
    const port = Number(hostOption(flags, "engine-port") ?? defaultEnginePort);
    return host === undefined ? undefined : { host, port };
}

/** Whether a machine of this owner, other than one, is reached from here: what does not answer is then lost, and this
 * computer's network is not. */
export async function reachesAnother(
    store: Store,
    owner: string,
    except?: string,
): Promise<boolean> {
    const all = await existingHosts(store, owner);
    const others = all.filter(({ name }) => name !== except);
    const reached = await Promise.all(others.map(({ place }) => reachedAt(place)));
    return reached.some(({ kind }) => kind !== "nothing");
}

/**
 * The machines of this owner whose hosts are there without docker-machine, with their engines' places. None of a store
 * with lab machines: their hosts are this computer's own containers.
 */
export async function existingHosts(
    store: Store,
    owner: string,
): Promise<{ readonly name: string; readonly place: EnginePlace }[]> {
    if ((await entries(join(store.layout.root, "lab-ssh"))).length > 0) {
        return [];
    }
    const found = (await store.machineNames()).map(async (name) => {
        const machine = store.machine(name);
        const record = await machine.record().catch(() => undefined);
        const isOurs = record?.owner === owner && record.state === "made";
        if (!isOurs || !(await machine.connectsOnly())) {
            return [];
        }
        const inspected = await machine.inspect().catch(() => undefined);
        return inspected === undefined ? [] : [{ name, place: placeOf(inspected) }];
    });
    return (await Promise.all(found)).flat();
}

/** Where a machine's engine is. */
export function placeOf({ address, endpoint }: InspectedMachine): EnginePlace {
    return { host: address, port: Number(new URL(endpoint).port) };
}
