/**
 * Reads the texts that a script answered with, as JSON. The answer may have secrets in it, so no message repeats any
 * of it.
 *
 * @param verb the script's, for the message.
 * @throws Error when one of the keys is missing, or is no text.
 */
export function answerTexts<Key extends string>(
    answer: string,
    keys: readonly Key[],
    verb: string,
): Readonly<Record<Key, string>> {
    const parsed = fromJson(answer);
    if (!hasTexts(parsed, keys)) {
        throw new Error(`${verb}: its answer lacks one of ${keys.join(", ")}.`);
    }
    return parsed;
}

/** A text of a script's answer that it may lack. */
export function optionalText(answer: string, key: string): string | undefined {
    const parsed = fromJson(answer);
    return hasTexts(parsed, [key]) ? parsed[key] : undefined;
}

/** Undefined for what is not JSON: the parser's own message repeats some of the text. */
function fromJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function hasTexts<Key extends string>(
    value: unknown,
    keys: readonly Key[],
): value is Readonly<Record<Key, string>> {
    return (
        typeof value === "object" &&
        value !== null &&
        keys.every((key) => typeof Reflect.get(value, key) === "string")
    );
}
