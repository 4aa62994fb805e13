import { isDeepStrictEqual } from "node:util";
import { isObject, type Json } from "../../components/agent/agentConfig.ts";
import { pathText } from "../../components/node/problems.ts";
import type { Place } from "./consulForms.ts";

/** The settings of a stack's file with others in them, and where the two say different things. */
export interface MergedSettings {
    /** With what is new, the other's where both say something. */
    readonly settings: Readonly<Record<string, Json>>;
    /** Places where the stack's file says something else, in words. */
    readonly conflicts: readonly string[];
}

/** Merges settings into those of a stack's file: maps key by key, nodes by their names; services are added to lists. */
export function mergeSettings(
    before: Readonly<Record<string, Json>>,
    imported: Readonly<Record<string, Json>>,
): MergedSettings {
    const conflicts: string[] = [];
    const entries = Object.entries(imported).map(([key, value]): [string, Json] => [
        key,
        mergedValue(before[key], value, [key], conflicts),
    ]);
    return { settings: { ...before, ...Object.fromEntries(entries) }, conflicts };
}

function mergedValue(
    before: Json | undefined,
    value: Json,
    place: Place,
    conflicts: string[],
): Json {
    if (before === undefined || isDeepStrictEqual(before, value)) {
        return value;
    }
    if (isObject(before) && isObject(value) && !("secure" in before)) {
        const inner = Object.entries(value).map(([key, one]): [string, Json] => [
            key,
            mergedValue(before[key], one, [...place, key], conflicts),
        ]);
        return { ...before, ...Object.fromEntries(inner) };
    }
    if (isNodes(place) && Array.isArray(value)) {
        return mergedNodes(nodeList(before, place), value as readonly Json[], place, conflicts);
    }
    if (isNodes(place) && isList(before) && before.length === value) {
        return before;
    }
    if (isServices(place) && isList(before) && isList(value)) {
        return mergedServices(before, value, place, conflicts);
    }
    const shown = isObject(before) && "secure" in before ? "a secret" : JSON.stringify(before);
    conflicts.push(
        `${pathText(place)}: the files say ${JSON.stringify(value)}; the stack has ${shown}`,
    );
    return value;
}

function mergedNodes(
    before: readonly Json[],
    added: readonly Json[],
    place: Place,
    conflicts: string[],
): Json {
    const all = [...before];
    for (const node of added) {
        const index = indexOfNode(all, isObject(node) ? node.name : undefined);
        if (index === -1) {
            all.push(node);
        } else {
            all[index] = mergedValue(all[index], node, [...place, index], conflicts);
        }
    }
    return all;
}

/** Services are told apart by their ids: one that is there already is not added again. */
function mergedServices(
    before: readonly Json[],
    added: readonly Json[],
    place: Place,
    conflicts: string[],
): Json {
    const all = [...before];
    for (const service of added) {
        const id = idOfService(service);
        const index = all.findIndex((one) => id !== undefined && idOfService(one) === id);
        if (index === -1) {
            all.push(service);
        } else if (!isDeepStrictEqual(all[index], service)) {
            conflicts.push(
                `${pathText([...place, index])}: the files say otherwise of the service ${JSON.stringify(id)}`,
            );
            all[index] = service;
        }
    }
    return all;
}

function idOfService(service: Json): Json | undefined {
    if (!isObject(service)) {
        return undefined;
    }
    const { definition = service } = service;
    const named = (name: string) =>
        Object.entries(isObject(definition) ? definition : {}).find(
            ([key]) => key.toLowerCase() === name,
        )?.[1];
    return named("id") ?? named("name");
}

/** Settings in which the lists of services are the imported ones alone, so that a problem's place is that of the files. */
export function withImportedServices(
    { settings }: Pick<MergedSettings, "settings">,
    imported: Readonly<Record<string, Json>>,
): Readonly<Record<string, Json>> {
    const lists = Object.entries(imported).filter(([key]) => isServices([key]));
    const nodes = ["servers", "clients"].flatMap((key) => {
        const [own] = nodeList(imported[key], [key]).filter(
            (node) => isObject(node) && node.services !== undefined,
        );
        const all = settings[key];
        if (own === undefined || !isObject(own) || !isList(all ?? null)) {
            return [];
        }
        const replaced = (all as readonly Json[]).map((node) =>
            isObject(node) && node.name === own.name
                ? { ...node, services: own.services ?? [] }
                : node,
        );
        return [[key, replaced] as const];
    });
    return { ...settings, ...Object.fromEntries([...lists, ...nodes]) };
}

/** The nodes of a role, a count spelled out as the program does it. */
export function nodeList(nodes: Json | undefined, [key]: Place): readonly Json[] {
    if (typeof nodes === "number") {
        const role = String(key).replace(/s$/, "");
        return Array.from({ length: nodes }, (_, index) => ({ name: `${role}-${index + 1}` }));
    }
    return Array.isArray(nodes) ? (nodes as readonly Json[]) : [];
}

/** Where a node is in a list of nodes; -1 where it is not. */
export function indexOfNode(nodes: readonly Json[], name: Json | undefined): number {
    return nodes.findIndex((one) => isObject(one) && one.name === name);
}

function isNodes(place: Place): boolean {
    return place.length === 1 && (place[0] === "servers" || place[0] === "clients");
}

function isServices(place: Place): boolean {
    return /^(server|client)Services$/.test(String(place[0])) || place.at(-1) === "services";
}

function isList(value: Json): value is readonly Json[] {
    return Array.isArray(value);
}
