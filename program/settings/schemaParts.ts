import { z } from "zod";
import { objectRule } from "../../components/node/objectRule.ts";

/** A text for which this is true, or that matches; the rule is the message for any other value. */
export function textOf(rule: string, isFine: RegExp | ((value: string) => boolean)) {
    const text = z.string(rule);
    return isFine instanceof RegExp ? text.regex(isFine, rule) : text.refine(isFine, rule);
}

/** A whole number within these limits. */
export const integer = (
    least: number,
    most: number,
    rule = `a whole number from ${least} to ${most}`,
) => z.int(rule).min(least, rule).max(most, rule);

/** The rule of a map of options. */
export const optionsRule = "a map from option names to values";

/** A map with these keys and no other. */
export function mapOf<Shape extends z.ZodRawShape>(shape: Shape, rule = optionsRule) {
    return z.strictObject(shape, objectRule(rule, Object.keys(shape)));
}
