import { z } from "zod";
import { rules, type Rule } from "./serviceRules.ts";

/** The messages of an object's schema: the rule for a value that is no object, and the known keys for
 * an unknown one. What is wrong inside of it has messages of its own. */
export function objectRule(rule: string, keys: readonly string[] = []) {
    return {
        error: ({ code }: { readonly code: string }) =>
            code === "unrecognized_keys"
                ? `there is no such setting; there are ${keys.join(", ")}`
                : code === "invalid_type"
                  ? rule
                  : undefined,
    };
}

/** A value that one of our rules is for, in a schema. */
export function ruled<T>(rule: Rule) {
    return z.custom<T>((value) => rule(value) === undefined, {
        error: ({ input }) => rule(input) ?? "",
    });
}

/** A map whose keys have one rule and whose values another. */
export function ruledMap<T extends z.core.SomeType>(keys: Rule, values: T, rule: string) {
    const key = z.string().superRefine((found, context) => {
        const broken = keys(found);
        if (broken !== undefined) {
            context.addIssue({ code: "custom", message: broken });
        }
    });
    return z.record(key, values, {
        error: ({ code }) => (code === "invalid_type" ? rule : undefined),
    });
}

/** A map with these keys and no other. */
export function mapOf<Shape extends z.core.$ZodLooseShape>(shape: Shape, rule: string) {
    return z.strictObject(shape, objectRule(rule, Object.keys(shape)));
}

/** A schema that says what its value means, and what it is where nothing is said. */
export function said<T extends z.ZodType>(schema: T, description: string, preset?: unknown): T {
    return schema.meta({ description, ...(preset === undefined ? {} : { default: preset }) });
}

/** What many maps have, each left out where nothing is said. */
export const fields = {
    flag: ruled<boolean>(rules.flag).optional(),
    line: ruled<string>(rules.line).optional(),
    port: ruled<number>(rules.port).optional(),
    count: ruled<number>(rules.count).optional(),
    duration: ruled<string>(rules.duration).optional(),
} as const;
