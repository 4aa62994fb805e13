import { isDeepStrictEqual } from "node:util";
import type { Difference, Properties, PropertyDifference } from "../protocol/provider.ts";
import { isObject, taken } from "../protocol/values.ts";

/**
 * What differs between the recorded inputs of a command and the declared ones. Each difference is an update. Only
 * `triggers` as a whole replaces the command: an element of it does so because the package for Node adds
 * `triggers[*]` to what replaces.
 */
export function inputDifference(olds: Properties, news: Properties): Difference {
    // The engine's own additions to the inputs say nothing about the command.
    const declared = Object.entries(news).filter(
        ([key]) => key !== "version" && !key.startsWith("__"),
    );
    const paths = new Map<string, PropertyDifference>();
    compareObjects("", taken(olds), taken(Object.fromEntries(declared)), (path, kind) => {
        paths.set(path, { kind, replaces: path === "triggers" });
    });
    return { paths };
}

type Found = (path: string, kind: PropertyDifference["kind"]) => void;

function compareObjects(path: string, olds: Properties, news: Properties, found: Found): void {
    for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
        compare(memberPath(path, key), olds[key], news[key], found);
    }
}

function compare(path: string, old: unknown, fresh: unknown, found: Found): void {
    if (Array.isArray(old) && Array.isArray(fresh)) {
        const length = Math.max(old.length, fresh.length);
        for (let index = 0; index < length; index += 1) {
            compare(`${path}[${index}]`, old[index], fresh[index], found);
        }
    } else if (isObject(old) && isObject(fresh)) {
        compareObjects(path, old, fresh, found);
    } else if (!isDeepStrictEqual(old, fresh)) {
        const isAbsent = (value: unknown) => value === undefined || value === null;
        found(path, isAbsent(old) ? "add" : isAbsent(fresh) ? "delete" : "update");
    }
}

/** The path of a member, as Pulumi writes it: `environment.A`, `environment["a.b"]`. */
function memberPath(path: string, key: string): string {
    if (!/^\w*$/.test(key)) {
        return `${path}["${key.replaceAll('"', '\\"')}"]`;
    }
    return path === "" ? key : `${path}.${key}`;
}
