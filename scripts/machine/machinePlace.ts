import { defaultEnginePort } from "../hosts/facts/hostPlan.ts";
import { property } from "../system/json.ts";
import type { MachineRecord } from "./machineRecord.ts";

/** What is known of a machine without asking it. */
export interface InspectedMachine {
    /** Where this computer reaches it: at the address of its last start by docker-machine, or where `machine up` found it
     * since; an existing host where it is declared to be reached. */
    readonly address: string;
    /** The address that docker-machine's file has. */
    readonly recorded: string;
    /** The address that the node of an existing host binds and advertises; of any other machine the recorded one. */
    readonly bound: string;
    /** Where its engine listens, for this computer. */
    readonly endpoint: string;
}

/** Where an existing host is declared to be: the address of its node, and where this computer reaches it. */
export interface DeclaredPlace {
    readonly address: string;
    /** @default its address */
    readonly reach?: string | undefined;
}

/**
 * Where a machine is; undefined where docker-machine knows no address of it.
 *
 * @param config docker-machine's description of it.
 * @param record ours.
 * @param host where it is declared to be. At another address another machine is to be made; this one is where it was.
 */
export function placeIn(
    config: string,
    record: MachineRecord | undefined,
    host: DeclaredPlace | undefined,
): InspectedMachine | undefined {
    const driver = property(JSON.parse(config), "Driver");
    const recorded = property(driver, "IPAddress");
    if (typeof recorded !== "string" || recorded === "") {
        return undefined;
    }
    const port = property(driver, "EnginePort");
    const enginePort = typeof port === "number" && port > 0 ? port : defaultEnginePort;
    const { place, address: bound = recorded } = record ?? {};
    const last = place?.recorded === recorded ? place.address : recorded;
    const address = host?.address === bound ? (host.reach ?? host.address) : last;
    return { address, recorded, bound, endpoint: `tcp://${address}:${enginePort}` };
}

/** docker-machine's description of an existing host's machine, with another address at which it connects. As text: a
 * description may have numbers that JavaScript's are too small for. */
export function connectingTo(config: string, host: string): string {
    return config.replace(
        /("IPAddress"\s*:\s*)"[^"]*"/,
        (_, key: string) => `${key}${JSON.stringify(host)}`,
    );
}
