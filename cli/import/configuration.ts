import { isObject, type Json, type JsonObject } from "../../components/agent/agentConfig.ts";
import { isFreeMap } from "../../components/agent/keys/freeMaps.ts";
import { TaskFailure } from "../show/task.ts";
import { consulForm, type Place } from "./consulForms.ts";
import { loadHclParser, parseHcl, type HclParser } from "./hcl.ts";
import type { SourceFile } from "./sources.ts";

/** A definition of a service or a check, and the file that has it. */
export interface Definition {
    readonly file: string;
    readonly definition: JsonObject;
}

/** What several files say together. */
export interface Configuration {
    /** All keys but those of services and checks. */
    readonly config: JsonObject;
    readonly services: readonly Definition[];
    readonly checks: readonly Definition[];
    /** The file that has the value of a place: the last one that says it. */
    readonly fileOf: (place: Place) => string;
}

/**
 * Reads files one after another and merges them as Consul does: of plain values and of maps with an operator's own words
 * the later one wins, blocks are merged key by key, lists are appended to.
 *
 * @throws TaskFailure where a file cannot be read, with file and line.
 */
export function readConfiguration(
    files: readonly SourceFile[],
    load: () => HclParser = loadHclParser,
): Configuration {
    let parser: HclParser | undefined;
    const hcl = () => (parser ??= load());
    const services: Definition[] = [];
    const checks: Definition[] = [];
    const origins = new Map<string, string>();
    let merged: JsonObject = {};
    for (const { path, format, text } of files) {
        const value = format === "hcl" ? parseHcl(path, text, hcl()) : parsedJson(path, text);
        const {
            service,
            services: several,
            check,
            checks: all,
            ...rest
        } = consulForm(path, value, format);
        services.push(...definitionsIn(path, "services", several, service));
        checks.push(...definitionsIn(path, "checks", all, check));
        note(rest, [], path, origins);
        merged = merge(merged, rest, []);
    }
    return { config: merged, services, checks, fileOf: (place) => originOf(place, origins) };
}

/** @throws TaskFailure with the line where a text is no JSON. */
function parsedJson(path: string, text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        const [, offset] = /position (\d+)/.exec(said) ?? [];
        const line =
            offset === undefined ? "" : `:${text.slice(0, Number(offset)).split("\n").length}`;
        throw new TaskFailure(`${path}${line}: no JSON: ${said}`);
    }
}

/** The definitions of a file, in the order in which Consul appends them: the list, then the single one. */
function definitionsIn(
    file: string,
    key: string,
    several: Json = [],
    one: Json | undefined,
): Definition[] {
    // HCL says a list of one map as it says one map.
    const list = isList(several) ? several : [several];
    return [...list, ...(one === undefined ? [] : [one])].map((definition) => {
        if (!isObject(definition)) {
            throw new TaskFailure(`${file}: ${key}: got ${JSON.stringify(definition)}; a map`);
        }
        return { file, definition };
    });
}

/** Notes which file has each value. */
function note(value: Json, place: Place, file: string, origins: Map<string, string>): void {
    origins.set(JSON.stringify(place), file);
    if (isObject(value)) {
        for (const [key, inner] of Object.entries(value)) {
            note(inner, [...place, key], file, origins);
        }
    }
}

/** The file of a value, or of the nearest around it. */
function originOf(place: Place, origins: ReadonlyMap<string, string>): string {
    const found = origins.get(JSON.stringify(place));
    return found ?? (place.length === 0 ? "" : originOf(place.slice(0, -1), origins));
}

function merge(before: JsonObject, after: JsonObject, place: Place): JsonObject {
    const merged: Record<string, Json> = { ...before };
    for (const [key, value] of Object.entries(after)) {
        const own = [...place, key];
        merged[key] = mergedValue(merged[key], value, own);
    }
    return merged;
}

function mergedValue(before: Json | undefined, value: Json, place: Place): Json {
    if (isList(before) && isList(value)) {
        return [...before, ...value];
    }
    if (before !== undefined && isObject(before) && isObject(value)) {
        const isWhole = isFreeMap(place);
        return isWhole
            ? Object.keys(value).length > 0
                ? value
                : before
            : merge(before, value, place);
    }
    return value;
}

function isList(value: Json | undefined): value is readonly Json[] {
    return Array.isArray(value);
}
