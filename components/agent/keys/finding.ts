import type { Security } from "../../../scripts/protocol/security.ts";
import { isObject, type Json, type JsonObject } from "../configObject.ts";
import type { ConfigPath } from "../layeredConfig.ts";
import type { Role } from "../ports.ts";
import type { ConsulImage } from "./consulImage.ts";
import { isFreeMap } from "./freeMaps.ts";

/** Something to say about a part of an agent's configuration. */
export interface Finding {
    readonly place: ConfigPath;
    /** What is there, where the message is to show it. */
    readonly value?: Json;
    readonly rule: string;
}

/** Whose configuration it is. */
export interface ConfigContext {
    readonly role: Role;
    readonly security: Security;
    readonly image: ConsulImage;
}

/** What looks for something in an agent's configuration, its keys in lower case. */
export type ConfigRule = (config: JsonObject, context: ConfigContext) => readonly Finding[];

/** A configuration with its keys in lower case, as Consul compares them; words of an operator's own stay as they are. */
export function lowerKeys(config: JsonObject, above: ConfigPath = []): JsonObject {
    const isFree = isFreeMap(above);
    return Object.fromEntries(
        Object.entries(config).map(([stated, value]) => {
            const key = isFree ? stated : stated.toLowerCase();
            return [key, isObject(value) ? lowerKeys(value, [...above, key]) : value];
        }),
    );
}

/** The value at a place; undefined where there is none. */
export function valueAt(config: JsonObject, ...place: readonly string[]): Json | undefined {
    return place.reduce<Json | undefined>(
        (value, key) => (isObject(value) ? value[key] : undefined),
        config,
    );
}
