import type { Json, JsonObject } from "../../components/agent/agentConfig.ts";
import { isFreeMap } from "../../components/agent/keys/freeMaps.ts";
import { TaskFailure } from "../show/task.ts";

/** A place in a configuration: keys, and indexes of lists. */
export type Place = readonly (string | number)[];

/** Keys of lists of maps. Any other list of one map is how HCL says a block. */
const lists: ReadonlySet<string> = new Set([
    ...["add_headers", "bootstrap", "checks", "listeners", "managed_service_provider", "paths"],
    ...["permissions", "routes", "segments", "services", "sources", "splits", "upstreams"],
    "watches",
]);

/** Blocks that Consul takes once in a file: of a second one it says that it expected a map. */
const once: ReadonlySet<string> = new Set([
    ...["acl", "addresses", "auto_config", "auto_encrypt", "autopilot", "check", "connect"],
    ...["dns_config", "gossip_lan", "gossip_wan", "http_config", "limits", "node_meta"],
    ...["performance", "ports", "service", "telemetry", "tls", "ui_config", "unix_sockets"],
]);

/**
 * A file's content in the form of Consul's configuration: keys in lower case, for Consul does not mind it, and each block
 * of HCL as a map instead of a list of one.
 *
 * @throws TaskFailure for what Consul does not take: no map, or a block twice.
 */
export function consulForm(path: string, value: unknown, format: "hcl" | "json"): JsonObject {
    const formed = formedAt(value, [], { path, format });
    if (!isMap(formed)) {
        throw new TaskFailure(`${path}: got ${JSON.stringify(value)}; a map of Consul's keys`);
    }
    return formed;
}

interface Reading {
    readonly path: string;
    readonly format: "hcl" | "json";
}

function formedAt(value: unknown, place: Place, reading: Reading): Json {
    if (Array.isArray(value)) {
        const all: readonly unknown[] = value;
        const key = String(place.at(-1)).toLowerCase();
        const isBlock = reading.format === "hcl" && all.every(isMap) && !lists.has(key);
        if (isBlock && all.length === 1) {
            return formedAt(all[0], place, reading);
        }
        if (isBlock && all.length > 1 && place.length === 1 && once.has(key)) {
            const way = key === "service" || key === "check" ? `; call them ${key}s` : "";
            throw new TaskFailure(
                `${reading.path}: ${key} is there ${all.length} times, and Consul takes one${way}`,
            );
        }
        return all.map((one, index) => formedAt(one, [...place, index], reading));
    }
    if (isMap(value)) {
        const isFree = isDefinition(place) || (place.length > 0 && isFreeMap(place));
        const entries = Object.entries(value).map(([key, inner]): [string, Json] => {
            const own = isFree ? key : key.toLowerCase();
            return [own, formedAt(inner, [...place, own], reading)];
        });
        return Object.fromEntries(entries);
    }
    return isPlain(value) ? value : null;
}

/** Definitions of services and checks have words of an operator's own in them, and are passed on as they are. */
function isDefinition([first]: Place): boolean {
    return /^(services?|checks?)$/.test(String(first));
}

function isPlain(value: unknown): value is string | number | boolean {
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isMap(value: unknown): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
