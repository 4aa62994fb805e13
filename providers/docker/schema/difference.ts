import type { Difference, Properties, PropertyDifference } from "../../protocol/provider.ts";
import { propertyOf } from "../../protocol/values.ts";
import type { Property, Schema } from "./property.ts";
import { elementsOf, hasUnknown, isObject, isSame, isZero, normalize } from "./values.ts";

/** A property whose values are compared in its own way. */
export type Comparison = (old: unknown, now: unknown) => boolean;

/** What a resource compares in its own way: whether two values mean the same. */
export type Comparisons = Readonly<Record<string, Comparison>>;

/**
 * Compares a state with inputs, as Pulumi's own plugin does: a value that is not declared is as good as zero, except
 * where the engine decides it.
 */
export function compare(
    schema: Schema,
    state: Properties,
    inputs: Properties,
    own: Comparisons = {},
): Difference {
    const paths = new Map<string, PropertyDifference>();
    for (const [name, property] of Object.entries(schema)) {
        const old = state[name];
        const now = inputs[name] ?? property.default;
        const isLeft = inputs[name] === undefined && property.computed === true;
        const isEqual = own[name] ?? ((a, b) => isSame(property, a, b));
        if (!isLeft && (hasUnknown(now) || !isEqual(old, now))) {
            addPaths(paths, name, property, old, now);
        }
    }
    const replacing = [...paths].filter(([, { replaces }]) => replaces).map(([path]) => path);
    const replaced = new Set(replacing.map(propertyOf));
    const stables = Object.entries(schema)
        .filter(([name, { replaces }]) => replaces === true && !replaced.has(name))
        .map(([name]) => name);
    return { paths, deleteBeforeReplace: true, stables: stables.sort() };
}

function addPaths(
    paths: Map<string, PropertyDifference>,
    name: string,
    property: Property,
    old: unknown,
    now: unknown,
): void {
    const replaces = property.replaces === true;
    if (isZero(now) && !hasUnknown(now)) {
        paths.set(name, { kind: "delete", replaces });
    } else if (property.type === "map") {
        addKeys(paths, name, replaces, old, now);
    } else if (property.type === "list" || property.type === "set") {
        addElements(paths, name, property, old, now);
    } else {
        paths.set(name, { kind: isZero(old) ? "add" : "update", replaces });
    }
}

/** The keys of a map that differ: `tmpfs["/t"]`. */
function addKeys(
    paths: Map<string, PropertyDifference>,
    name: string,
    replaces: boolean,
    old: unknown,
    now: unknown,
): void {
    const [before, after] = [isObject(old) ? old : {}, isObject(now) ? now : {}];
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        if (before[key] !== after[key]) {
            const kind = !(key in before) ? "add" : key in after ? "update" : "delete";
            paths.set(`${name}[${JSON.stringify(key)}]`, { kind, replaces });
        }
    }
}

/**
 * The elements that differ. Whether that replaces the resource, an element's changed fields decide, and the property
 * itself where their number changes.
 */
function addElements(
    paths: Map<string, PropertyDifference>,
    name: string,
    property: Property,
    old: unknown,
    now: unknown,
): void {
    if (property.single === true) {
        addFields(paths, name, property, old, now);
        return;
    }
    const before = elementsOf(normalize(property, old, "read"));
    const after = elementsOf(normalize(property, now, "read"));
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index++) {
        const path = `${name}[${index}]`;
        const [a, b] = [before[index], after[index]];
        if (a === undefined || b === undefined) {
            const kind = a === undefined ? "add" : "delete";
            paths.set(path, { kind, replaces: property.replaces === true });
        } else if (property.fields !== undefined) {
            addFields(paths, path, property, a, b);
        } else if (a !== b) {
            paths.set(path, { kind: "update", replaces: property.replaces === true });
        }
    }
}

/** The fields of an element that differ: `ports[0].external`. */
function addFields(
    paths: Map<string, PropertyDifference>,
    path: string,
    { fields = {}, replaces }: Property,
    old: unknown,
    now: unknown,
): void {
    const [before, after] = [isObject(old) ? old : undefined, isObject(now) ? now : undefined];
    if (before === undefined || after === undefined) {
        const kind = before === undefined ? "add" : "update";
        paths.set(path, { kind, replaces: replaces === true });
        return;
    }
    for (const [name, field] of Object.entries(fields)) {
        const value = after[name] ?? field.default;
        if (hasUnknown(value) || !isSame(field, before[name], value)) {
            const kind = isZero(before[name]) ? "add" : isZero(value) ? "delete" : "update";
            paths.set(`${path}.${name}`, { kind, replaces: field.replaces === true });
        }
    }
}
