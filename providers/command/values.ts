import type { Properties } from "../protocol/provider.ts";

/** The key that marks an object as a value of a special kind: a secret, a reference to a resource. */
const markKey = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

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

/** The same properties without those that are null, at any depth. Elements of a list may be null. */
export function withoutNulls(properties: Properties): Properties {
    return Object.fromEntries(
        Object.entries(properties)
            .filter(([, value]) => value !== null && value !== undefined)
            .map(([key, value]) => [key, pruned(value)]),
    );
}

function pruned(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(pruned);
    }
    return isAnyObject(value) ? withoutNulls(value) : value;
}

function isAnyObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
