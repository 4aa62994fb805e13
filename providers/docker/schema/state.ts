import { unknownValue, type Properties } from "../../protocol/provider.ts";
import { isCollection, snakeCase, terraformName, type Property, type Schema } from "./property.ts";
import { defaultsKey, elementsOf, isObject, isZero, normalize } from "./values.ts";

/** Whether two values of a property mean the same. */
export type Equality = (name: string, property: Property, old: unknown, now: unknown) => boolean;

/** What was declared, or stands in a state, by property; undefined where it is not known. */
export type Values = Readonly<Record<string, unknown>>;

/** The key of what Pulumi's own plugin keeps of Terraform's state: what schema version and time limits it has. */
export const metaKey = "__meta";

/** The key of what it keeps to get Terraform's state back from Pulumi's. */
const deltaKey = "__pulumi_raw_state_delta";

/** The outputs that a preview shows of a resource that would be created. */
export function plannedState(schema: Schema, inputs: Properties): Properties {
    const entries = Object.entries(schema).map(([name, property]) => {
        const isLeft = inputs[name] === undefined && property.computed === true;
        return [name, isLeft ? unknownValue : declared(property, inputs[name])] as const;
    });
    return { id: unknownValue, ...Object.fromEntries(entries) };
}

/** A declared value as the state has it, or what stands for one that is not declared. */
function declared(property: Property, input: unknown): unknown {
    const value = input ?? property.default;
    if (value === undefined) {
        const isBlock = property.fields !== undefined && isCollection(property);
        return isBlock && property.computed !== true ? [] : null;
    }
    return normalize(property, value, "planned");
}

/**
 * The outputs of a resource that was created: what was declared, and over it what the engine says.
 *
 * @param answer what the engine says, of properties that it is asked for.
 * @param meta the schema's version and time limits.
 */
export function createdState(
    schema: Schema,
    inputs: Properties,
    id: string,
    answer: Values,
    meta: object,
): Properties {
    const entries = Object.entries(schema).map(([name, property]) => {
        const planned = declared(property, inputs[name]);
        const said = answer[name];
        const isEmptied = planned === null && property.computed !== true && isEmptyPart(said);
        const isLeft = said === undefined && planned === null && property.computed === true;
        const value = said === undefined || isEmptied ? planned : said;
        const whole =
            isLeft && property.type === "set" && property.single !== true
                ? []
                : normalize(property, value, "planned");
        return [name, whole] as const;
    });
    const state: Properties = { ...Object.fromEntries(entries), id };
    // The plugin says nothing of an element that the engine could have decided, and did not.
    const said = Object.entries(schema).filter(
        ([name, { single, computed }]) => !(single && computed && state[name] === null),
    );
    return withMeta(Object.fromEntries(said), state, meta);
}

/** The outputs of a resource that was read: what was recorded, and over it what the engine says. */
export function readState(
    schema: Schema,
    state: Properties,
    id: string,
    answer: Values,
    meta: object,
): Properties {
    const entries = Object.entries(schema).map(([name, property]) => {
        const said = answer[name];
        const value = said === undefined ? state[name] : said;
        return [name, normalize(property, value, "read")] as const;
    });
    return withMeta(schema, { ...Object.fromEntries(entries), id }, meta);
}

/** The outputs of a resource that was updated: what was recorded, and over it what is declared otherwise. */
export function updatedState(
    schema: Schema,
    state: Properties,
    inputs: Properties,
    isEqual: Equality,
    meta: object,
): Properties {
    const entries = Object.entries(schema).map(([name, property]) => {
        const isLeft = inputs[name] === undefined && property.computed === true;
        const now = inputs[name] ?? property.default;
        const isKept = isLeft || isEqual(name, property, state[name], now);
        return [name, normalize(property, isKept ? state[name] : now, "read")] as const;
    });
    return withMeta(schema, { ...Object.fromEntries(entries), id: state.id }, meta);
}

/** The inputs of a resource that was read: what was declared, and in its place what the engine says otherwise. */
export function readInputs(
    schema: Schema,
    inputs: Properties,
    state: Properties,
    isEqual: Equality,
): Properties {
    const entries = Object.entries(inputs).map(([name, value]): [string, unknown] => {
        const property = schema[name];
        const seen = state[name];
        if (property === undefined) {
            return [name, value];
        }
        return [name, isEqual(name, property, seen, value) ? inOrderOf(property, value) : seen];
    });
    const kept: Properties = Object.fromEntries(entries);
    // What the engine says otherwise is no default any more.
    const defaults = elementsOf(inputs[defaultsKey]).filter(
        (name) => typeof name === "string" && kept[name] === inputs[name],
    );
    return { ...kept, [defaultsKey]: defaults };
}

/** Inputs of which texts in no order are in the state's order, as the plugin reads them. */
function inOrderOf(property: Property, value: unknown): unknown {
    const { type, single, fields } = property;
    if (single === true && fields !== undefined && isObject(value)) {
        const parts = Object.entries(value).map(([name, part]) => {
            const field = fields[name];
            return [name, field === undefined ? part : inOrderOf(field, part)];
        });
        return Object.fromEntries(parts) as Properties;
    }
    return type === "set" && fields === undefined ? normalize(property, value, "read") : value;
}

/** A list or map without content: the plan's null stays where nothing was declared. */
function isEmptyPart(value: unknown): boolean {
    return (Array.isArray(value) || isObject(value)) && isZero(value);
}

function withMeta(schema: Schema, state: Properties, meta: object): Properties {
    return { ...state, [metaKey]: JSON.stringify(meta), [deltaKey]: objectDelta(schema, state) };
}

/** What Terraform's form of an object differs in: the parts that are no plain values, and names. */
function objectDelta(schema: Schema, value: Properties): Properties {
    const parts: Record<string, unknown> = {};
    const renamed: Record<string, string> = {};
    for (const [name, property] of Object.entries(schema)) {
        const part = partDelta(property, value[name]);
        if (part !== undefined) {
            parts[name] = part;
        }
        const terraform = terraformName(name, property);
        if (terraform !== snakeCase(name)) {
            renamed[name] = terraform;
        }
    }
    return { obj: { ...unlessEmpty("ps", parts), ...unlessEmpty("renamed", renamed) } };
}

function partDelta(property: Property, value: unknown): Properties | undefined {
    const { fields, type, single } = property;
    if (single === true) {
        return {
            plu: { i: fields !== undefined && isObject(value) ? objectDelta(fields, value) : {} },
        };
    }
    if (value === null || value === undefined) {
        return undefined;
    }
    if (type === "map") {
        return { map: {} };
    }
    if (type !== "list" && type !== "set") {
        return undefined;
    }
    const elements = elementsOf(value).flatMap((element, index): [string, Properties][] =>
        fields !== undefined && isObject(element)
            ? [[String(index), objectDelta(fields, element)]]
            : [],
    );
    const parts: Properties = Object.fromEntries(elements);
    return { arr: unlessEmpty("el", parts) };
}

function unlessEmpty(key: string, value: Properties): Properties {
    return Object.keys(value).length === 0 ? {} : { [key]: value };
}
