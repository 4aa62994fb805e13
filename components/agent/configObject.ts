import { isFreeMap } from "./keys/freeMaps.ts";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
    readonly [key: string]: Json;
}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Our configuration with the operator's merged over it key by key, its keys sorted. */
export function mergedConfig(base: JsonObject, extra: JsonObject = {}): JsonObject {
    return sortKeys(mergeConfig(base, extra));
}

/** A configuration with another one merged over it. Consul's keys are not case-sensitive, and an agent does not start with
 * one that is there twice: a key keeps the spelling that it had first. */
export function mergeConfig(
    base: JsonObject,
    over: JsonObject,
    place: readonly string[] = [],
): JsonObject {
    const merged: Record<string, Json> = { ...base };
    const isFree = isFreeMap(place);
    for (const [stated, value] of Object.entries(over)) {
        const same = (key: string) => key.toLowerCase() === stated.toLowerCase();
        const key = isFree ? stated : (Object.keys(merged).find(same) ?? stated);
        const before = merged[key];
        merged[key] =
            isObject(before) && isObject(value)
                ? mergeConfig(before, value, [...place, key])
                : value;
    }
    return merged;
}

/** The same object with its keys sorted, at every depth. */
export function sortKeys(object: JsonObject): JsonObject {
    const sorted = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
        sorted.map(([key, value]) => [key, isObject(value) ? sortKeys(value) : value]),
    );
}
