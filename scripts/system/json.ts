/** What a text says as JSON; undefined where it is none, as in a file whose writer was interrupted. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** A property of a value that may not be an object; undefined where it has none. */
export function property(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/**
 * Whether a value has properties of these types.
 *
 * @param types by name: what `typeof` says of each, or several with a bar between them.
 */
export function hasTypes(value: unknown, types: Readonly<Record<string, string>>): boolean {
    return Object.entries(types).every(([name, allowed]) =>
        allowed.split("|").includes(typeof property(value, name)),
    );
}
