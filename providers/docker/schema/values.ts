import { isDeepStrictEqual } from "node:util";
import { unknownValue, type Properties } from "../../protocol/provider.ts";
import { isCollection, terraformName, type Property, type Schema } from "./property.ts";

/** The names of defaults that were filled in, which Pulumi's own plugin keeps beside the inputs. */
export const defaultsKey = "__defaults";

/** Where a value comes from, which decides what stands for one that is not there. */
export type Origin = "planned" | "read";

/** Whether a value is an object, and no list. */
export function isObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The elements of a value that should be a list; none of any other. */
export function elementsOf(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}

/** The objects among the elements of a value that should be a list. */
export function objectsOf(value: unknown): readonly Properties[] {
    return elementsOf(value).filter(isObject);
}

/** Whether a value is not known yet, or has a part that is not. */
export function hasUnknown(value: unknown): boolean {
    if (value === unknownValue) {
        return true;
    }
    const parts = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    return parts.some(hasUnknown);
}

/** Whether a value says no more than its absence: empty, zero or false. */
export function isZero(value: unknown): boolean {
    if (Array.isArray(value)) {
        return value.length === 0;
    }
    if (isObject(value)) {
        return Object.keys(value).length === 0;
    }
    return value === undefined || value === null || value === "" || value === 0 || value === false;
}

/**
 * A declared value as the state has it: sets in order, every field of every element there.
 *
 * @param origin what stands for a missing field of an element differs: a plan has null for numbers and truth values
 *     that are not declared, an answer of the engine zero and false.
 */
export function normalize(property: Property, value: unknown, origin: Origin): unknown {
    if (value === undefined || value === null || value === unknownValue) {
        return value ?? null;
    }
    const { fields, type, single } = property;
    if (single === true) {
        return fields === undefined ? value : normalizeFields(fields, value, origin);
    }
    if (type === "list" || type === "set") {
        const elements = elementsOf(value).map((element) =>
            fields === undefined ? element : normalizeFields(fields, element, origin),
        );
        return type === "set" ? inOrder(property, elements) : elements;
    }
    return value;
}

/** All fields of an element. */
function normalizeFields(fields: Schema, value: unknown, origin: Origin): Properties {
    const given = isObject(value) ? value : {};
    return Object.fromEntries(
        Object.entries(fields).map(([name, field]) => {
            const own = given[name] ?? field.default;
            const isMissing = own === undefined;
            return [name, isMissing ? missingField(field, origin) : normalize(field, own, origin)];
        }),
    );
}

/** What stands for a field of an element that has no value. */
function missingField(field: Property, origin: Origin): unknown {
    if (isCollection(field)) {
        return [];
    }
    switch (field.type) {
        case "string":
            return "";
        case "int":
            return origin === "read" ? 0 : null;
        case "bool":
            return origin === "read" ? false : null;
        case "map":
            return origin === "read" ? {} : null;
        default:
            return null;
    }
}

/** The elements of a set in the order in which the plugin keeps them: by their fields' texts. */
function inOrder(property: Property, elements: readonly unknown[]): unknown[] {
    const keyed = elements.map((element) => ({ element, key: orderKey(property, element) }));
    return keyed
        .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
        .map(({ element }) => element);
}

function orderKey({ fields }: Property, element: unknown): string {
    if (fields === undefined || !isObject(element)) {
        return String(element);
    }
    const byTerraform = Object.entries(fields).map(
        ([name, field]) => [terraformName(name, field), element[name]] as const,
    );
    return byTerraform
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, value]) => `${JSON.stringify(value)};`)
        .join("");
}

/** Whether two values of a property mean the same: what is not there is as good as zero, and sets have no order. */
export function isSame(property: Property, old: unknown, now: unknown): boolean {
    if (isZero(old) && isZero(now)) {
        return true;
    }
    const [a, b] = [normalize(property, old, "read"), normalize(property, now, "read")];
    return isDeepStrictEqual(a, b);
}
