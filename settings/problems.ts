import type * as z from "zod";

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
    return `${path}: got ${JSON.stringify(value) ?? "nothing"}; ${rule}`;
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
export function schemaProblems(
    error: z.ZodError,
    root: unknown,
    prefix: readonly PropertyKey[] = [],
): string[] {
    return error.issues.flatMap((issue) => issueProblems(issue, root, prefix, []));
}

function issueProblems(
    issue: z.core.$ZodIssue,
    root: unknown,
    prefix: readonly PropertyKey[],
    before: readonly PropertyKey[],
): string[] {
    const path = [...before, ...issue.path];
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => {
            const value = valueAt(root, [...path, key]);
            return problem(pathText([...prefix, ...path, key]), value, "there is no such setting");
        });
    }
    if (issue.code === "invalid_union" && Array.isArray(valueAt(root, path))) {
        // The alternative for lists is the one that was meant.
        const list = issue.errors.find((errors) => errors.some((error) => error.path.length > 0));
        if (list !== undefined) {
            return list.flatMap((error) => issueProblems(error, root, prefix, path));
        }
    }
    return [problem(pathText([...prefix, ...path]), valueAt(root, path), issue.message)];
}
