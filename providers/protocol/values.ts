import type { Properties } from "./provider.ts";

/** The key that marks an object as a value of a special kind: a secret, a reference to a resource. */
const markKey = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const resourceMark = "5cf8f73096256a8f31e491e813e4eb8e";

/** The top-level property of a path: `labels[0].value` -> `labels`. */
export function propertyOf(path: string): string {
    return path.replace(/[.[].*$/, "");
}

/** Whether a value is an object of properties. An object of a special kind is none. */
export function isObject(value: unknown): value is Properties {
    return isAnyObject(value) && !(markKey in value);
}

/** A value with the values of secrets in place of the secrets. */
export function revealed(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(revealed);
    }
    if (!isAnyObject(value)) {
        return value;
    }
    return value[markKey] === secretMark
        ? revealed(value.value)
        : Object.fromEntries(Object.entries(value).map(([key, held]) => [key, revealed(held)]));
}

/**
 * Properties as Pulumi's plugin takes them: without those that are null, at any depth, though elements of a list may
 * be. A reference to a resource, in `triggers`, is an empty object there.
 */
export function taken(properties: Properties): Properties {
    return Object.fromEntries(
        Object.entries(properties)
            .filter(([, value]) => value !== null && value !== undefined)
            .map(([key, value]) => [key, takenValue(value)]),
    );
}

function takenValue(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(takenValue);
    }
    if (!isAnyObject(value)) {
        return value;
    }
    return value[markKey] === resourceMark ? {} : taken(value);
}

function isAnyObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
