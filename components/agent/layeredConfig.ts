import { mergeConfig, type Json, type JsonObject } from "./configObject.ts";
import { isFreeMap } from "./keys/freeMaps.ts";
import type { Role } from "./ports.ts";

/** One part of an operator's configuration of a node's agent. */
export interface ConfigLayer {
    /** What errors call it: `agentConfig`, `servers[0].agentConfig`. */
    readonly path: string;
    readonly config: JsonObject;
}

/** The configuration that a whole cluster is given. */
export interface ClusterConfig {
    /** Of every agent. */
    readonly agentConfig?: JsonObject | undefined;
    /** Of every server. */
    readonly serverConfig?: JsonObject | undefined;
    /** Of every client agent. */
    readonly clientConfig?: JsonObject | undefined;
}

/** A node, as far as its agent's configuration goes. */
export interface ConfiguredNode {
    readonly role: Role;
    /** What errors call its own configuration. */
    readonly path: string;
    /** Its own. */
    readonly agentConfig?: JsonObject | undefined;
    /** Its name, and its machine's address as far as that is known: for what messages propose. */
    readonly name?: string | undefined;
    readonly address?: string | undefined;
}

/** A place in a configuration: keys, and indexes of lists. */
export type ConfigPath = readonly (string | number)[];

/** The parts of a node's configuration, each of which overrides those before it: all nodes', its role's, its own. */
export function layersOf(
    { agentConfig, serverConfig, clientConfig }: ClusterConfig,
    { role, path, agentConfig: own }: ConfiguredNode,
): ConfigLayer[] {
    const ofRole = role === "server" ? serverConfig : clientConfig;
    const parts = [
        { path: "agentConfig", config: agentConfig },
        { path: `${role}Config`, config: ofRole },
        { path, config: own },
    ];
    return parts.flatMap(({ path: at, config }) =>
        config === undefined ? [] : [{ path: at, config }],
    );
}

/**
 * A node's configuration, its parts merged key by key; lists and plain values replace those before them.
 *
 * @returns undefined where there is no part.
 */
export function mergeLayers(layers: readonly ConfigLayer[]): JsonObject | undefined {
    const [first, ...others] = layers;
    return others.reduce<JsonObject | undefined>(
        (merged, { config }) => mergeConfig(merged ?? {}, config),
        first?.config,
    );
}

/** Where in an operator's settings the value at a place of the merged configuration is from:
 * `clients[0].agentConfig.limits.rpc_rate`. */
export function sourceOf(layers: readonly ConfigLayer[], place: ConfigPath): string {
    const stated = layers
        .map(({ path, config }) => ({ path, found: findPath(config, place) }))
        .filter(({ found }) => found.length > 0);
    const full = stated.filter(({ found }) => found.length === place.length);
    const { path = "agentConfig", found = place } = (full.length > 0 ? full : stated).at(-1) ?? {};
    const rest = place.slice(found.length);
    return [...found, ...rest].reduce<string>(
        (text, part) => text + (typeof part === "number" ? `[${part}]` : `.${part}`),
        path,
    );
}

/** The beginning of a place that a configuration has, as that one spells it. */
function findPath(config: JsonObject, place: ConfigPath): (string | number)[] {
    const found: (string | number)[] = [];
    let value: Json | undefined = config;
    for (const part of place) {
        const key = keyIn(value, part, found);
        if (key === undefined) {
            break;
        }
        found.push(key);
        value = Reflect.get(value as object, key) as Json;
    }
    return found;
}

function keyIn(
    value: Json | undefined,
    part: string | number,
    above: ConfigPath,
): string | number | undefined {
    if (typeof value !== "object" || value === null) {
        return undefined;
    }
    if (typeof part === "number") {
        return Array.isArray(value) && part < value.length ? part : undefined;
    }
    const isSame = (key: string) =>
        isFreeMap(above) ? key === part : key.toLowerCase() === part.toLowerCase();
    return Object.keys(value).find(isSame);
}
