import type * as z from "zod";
import { isSecretName, shown } from "./secretNames.ts";

/** The words for a path into the settings: `servers[2].name`. */
export function pathText(path: readonly PropertyKey[]): string {
    return path
        .map((part, index) =>
            typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
        )
        .join("");
}

/** Says one thing that is wrong: where, what was found there, and the rule it breaks. */
export function problem(path: string, value: unknown, rule: string): string {
    return `${path}: got ${shown(value)}; ${rule}`;
}

/** Says one thing that is wrong where the value may not be repeated. */
export function secretProblem(path: string, rule: string): string {
    return `${path}: got a secret, which is not repeated here; ${rule}`;
}

/** Where the checked value stands among the settings. */
export interface Place {
    /** What leads to it. */
    readonly prefix: readonly PropertyKey[];
    /** The keys that there are, for where an unknown one is found. */
    readonly known?: readonly string[];
    /** Whether all of it is a secret. @default false */
    readonly secret?: boolean;
}

/** The value at a path, undefined where the path leads nowhere. */
function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, part) =>
            typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined,
        root,
    );
}

/** Everything a schema found, a line each. */
export function schemaProblems(error: z.ZodError, root: unknown, place: Place): string[] {
    return error.issues.flatMap((issue) => issueProblems(issue, root, place, []));
}

function issueProblems(
    issue: z.core.$ZodIssue,
    root: unknown,
    place: Place,
    before: readonly PropertyKey[],
): string[] {
    const path = [...before, ...issue.path];
    const say = (at: readonly PropertyKey[], rule: string): string => {
        const whole = [...place.prefix, ...at];
        const isSecret = place.secret === true || whole.some((part) => isSecretName(String(part)));
        return isSecret
            ? secretProblem(pathText(whole), rule)
            : problem(pathText(whole), valueAt(root, at), rule);
    };
    if (issue.code === "unrecognized_keys") {
        // Where a schema says itself which keys there are, it knows better than the place.
        const rule = issue.message.startsWith("Unrecognized")
            ? noSuchSetting(place.known ?? [])
            : issue.message;
        return issue.keys.map((key) => say([...path, key], rule));
    }
    if (issue.code === "invalid_key") {
        return [say(path, issue.issues.map(({ message }) => message).join(", "))];
    }
    if (issue.code === "invalid_union" && Array.isArray(valueAt(root, path))) {
        // The alternative for lists is the one that was meant.
        const list = issue.errors.find((errors) => errors.some((error) => error.path.length > 0));
        if (list !== undefined) {
            return list.flatMap((error) => issueProblems(error, root, place, path));
        }
    }
    return [say(path, issue.message)];
}

/** The rule that an unknown key breaks. */
export function noSuchSetting(known: readonly string[]): string {
    return `there is no such setting; there are ${known.join(", ")}`;
}
