import type { z } from "zod";

/** One place where a value breaks a rule. */
export interface Issue {
    /** Where, from the checked value on. */
    readonly path: readonly PropertyKey[];
    /** The rule that it breaks. */
    readonly rule: string;
}

/** One thing that a schema found wrong. */
export interface Problem extends Issue {
    /** What is there; undefined for nothing. */
    readonly value: unknown;
}

/** Names of what no message repeats. */
const secretNames = /authorization|cookie|token|secret|passw|api-?key|credential|^body$/i;

/** Everything that a schema found wrong with a value, one entry for each place. */
export function problemsOf(error: z.ZodError | undefined, value: unknown): Problem[] {
    return (error?.issues ?? []).flatMap((issue) => issueProblems(issue, value, []));
}

/**
 * Everything that a schema found wrong with a value, a line each: `PATH: got VALUE; RULE`.
 *
 * @param at what the value itself is called, for example `server-1.services`.
 */
export function issueLines(error: z.ZodError | undefined, value: unknown, at = ""): string[] {
    return problemsOf(error, value).map(({ path, value: found, rule }) => {
        const isSecret = path.some((part) => secretNames.test(String(part)));
        const shown =
            found === undefined
                ? "nothing"
                : isSecret
                  ? "a secret, which is not repeated here"
                  : JSON.stringify(found);
        return `${pathText(path, at)}: got ${shown}; ${rule}`;
    });
}

/** A path in words: `servers[2].name`. A key that is a path itself is in quotes, as Pulumi's own option `--path` wants it. */
export function pathText(path: readonly PropertyKey[], at = ""): string {
    return path.reduce<string>((text, part) => {
        if (typeof part === "number" || String(part).includes("/")) {
            return `${text}[${typeof part === "number" ? part : JSON.stringify(String(part))}]`;
        }
        return `${text}${text === "" ? "" : "."}${String(part)}`;
    }, at);
}

function issueProblems(
    issue: z.core.$ZodIssue,
    root: unknown,
    before: readonly PropertyKey[],
): Problem[] {
    const path = [...before, ...issue.path];
    const at = (place: readonly PropertyKey[], rule: string): Problem => {
        return { path: place, value: valueAt(root, place), rule };
    };
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => at([...path, key], issue.message));
    }
    if (issue.code === "invalid_key") {
        return [at(path, issue.issues.map(({ message }) => message).join(", "))];
    }
    if (issue.code === "invalid_union" && Array.isArray(valueAt(root, path))) {
        // The alternative for lists is the one that was meant.
        const list = issue.errors.find((errors) => errors.some((error) => error.path.length > 0));
        if (list !== undefined) {
            return list.flatMap((error) => issueProblems(error, root, path));
        }
    }
    return [at(path, issue.message)];
}

/** The value at a path; undefined where the path leads nowhere. */
function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, part) =>
            typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined,
        root,
    );
}
