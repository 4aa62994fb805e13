import type { z } from "zod";
import { pathText, problemsOf } from "../../components/node/problems.ts";

/** Words in the name of a setting whose value is a secret. */
const secretWords =
    /passw(or)?d|secret|token|privatekey|apikey|accesskey|encrypt$|credential|masterkey/;

/** Names that contain such a word for another reason: a property of a secret, or where it is kept. */
const harmless = /^httptokens$|(file|path|ttl)$/;

/** Whether the value of a setting of this name is a secret, as far as its name tells. */
export function isSecretName(name: string): boolean {
    const plain = name.toLowerCase().replaceAll(/[-_]/g, "");
    return secretWords.test(plain) && !harmless.test(plain);
}

/** A value as JSON, without the values whose names tell that they are secret. */
function shown(value: unknown): string {
    const hide = (key: string, inner: unknown) => (isSecretName(key) ? "(secret)" : inner);
    return value === undefined ? "nothing" : JSON.stringify(value, hide);
}

/** One problem: the path of a setting, the value found there, and the rule that it breaks. */
export function problem(path: string, value: unknown, rule: string): string {
    return `${path}: got ${shown(value)}; ${rule}`;
}

/** One problem with a value that no message may repeat. */
export function secretProblem(path: string, rule: string): string {
    return `${path}: got a secret, which is not repeated here; ${rule}`;
}

/** The rule that an unknown key breaks. */
export function noSuchSetting(known: readonly string[]): string {
    return `there is no such setting; there are ${known.join(", ")}`;
}

/**
 * Everything that a schema found wrong with a value, a line each.
 *
 * @param at path of the setting that has the value.
 * @param isSecret whether all of it is a secret. @default what the names in it tell
 */
export function schemaProblems(
    error: z.ZodError | undefined,
    value: unknown,
    at: string,
    isSecret = false,
): string[] {
    return problemsOf(error, value).map(({ path, value: found, rule }) => {
        const where = pathText(path, at);
        return isSecret || path.some((part) => isSecretName(String(part)))
            ? secretProblem(where, rule)
            : problem(where, found, rule);
    });
}
