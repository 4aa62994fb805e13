import type { Checked, Properties } from "../../protocol/provider.ts";
import type { Property, Schema } from "./property.ts";
import { defaultsKey, elementsOf, isObject, isZero } from "./values.ts";

/**
 * Checks inputs, and fills in defaults as Pulumi's own plugin does: those that are not zero, with their names in
 * `__defaults`, in elements of lists and sets as well.
 */
export function checkInputs(schema: Schema, inputs: Properties): Checked {
    const failures: { property: string; reason: string }[] = [];
    const checked = withDefaults(schema, inputs, "", failures);
    return { inputs: checked, failures };
}

function withDefaults(
    schema: Schema,
    inputs: Properties,
    path: string,
    failures: { property: string; reason: string }[],
): Properties {
    const filled: Record<string, unknown> = {};
    const defaults: string[] = [];
    for (const [name, value] of Object.entries(inputs)) {
        const property = schema[name];
        const where = path + name;
        if (name === defaultsKey || value === null || value === undefined) {
            continue;
        }
        const reason =
            property === undefined ? "there is no such property" : refusal(property, value);
        if (property === undefined || reason !== undefined) {
            failures.push({ property: where, reason: reason ?? "" });
            continue;
        }
        filled[name] = valueWithDefaults(property, value, where, failures);
    }
    for (const [name, property] of Object.entries(schema)) {
        if (name in filled) {
            continue;
        }
        if (property.required === true) {
            failures.push({ property: path + name, reason: "it is missing" });
        } else if (!isZero(property.default)) {
            filled[name] = property.default;
            defaults.push(name);
        }
    }
    return { [defaultsKey]: defaults.sort(), ...filled };
}

function refusal({ refused }: Property, value: unknown): string | undefined {
    return refused === undefined || isZero(value) ? undefined : refused;
}

function valueWithDefaults(
    { fields, single }: Property,
    value: unknown,
    path: string,
    failures: { property: string; reason: string }[],
): unknown {
    if (fields === undefined) {
        return value;
    }
    const fill = (element: unknown, where: string) =>
        isObject(element) ? withDefaults(fields, element, `${where}.`, failures) : element;
    return single === true || !Array.isArray(value)
        ? fill(value, path)
        : elementsOf(value).map((element, index) => fill(element, `${path}[${index}]`));
}
