import { z } from "zod";

/** What a schema says of a value, as JSON Schema, with the rule that its message states and what a change of it does. */
export interface SettingShape {
    readonly type?: string | undefined;
    readonly const?: string | number | boolean | null | undefined;
    readonly description?: string | undefined;
    readonly default?: unknown;
    readonly rule?: string | undefined;
    readonly change?: string | undefined;
    readonly required?: readonly string[] | undefined;
    readonly properties?: Readonly<Record<string, SettingShape>> | undefined;
    readonly items?: SettingShape | undefined;
    readonly anyOf?: readonly SettingShape[] | undefined;
    readonly oneOf?: readonly SettingShape[] | undefined;
    /** Of a map with any names: what each of them takes. */
    readonly additionalProperties?: SettingShape | boolean | undefined;
}

const shapeSchema: z.ZodType<SettingShape> = z.lazy(() =>
    z.object({
        type: z.string().optional(),
        const: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
        description: z.string().optional(),
        default: z.unknown().optional(),
        rule: z.string().optional(),
        change: z.string().optional(),
        required: z.array(z.string()).optional(),
        properties: z.record(z.string(), shapeSchema).optional(),
        items: shapeSchema.optional(),
        anyOf: z.array(shapeSchema).optional(),
        oneOf: z.array(shapeSchema).optional(),
        additionalProperties: z.union([z.boolean(), shapeSchema]).optional(),
    }),
);

/** What a schema says of itself. */
export function readShape(schema: z.ZodType): SettingShape {
    const json = z.toJSONSchema(schema, {
        io: "input",
        // What JSON Schema has no word for is said by the rule.
        unrepresentable: "any",
        override: ({ zodSchema, jsonSchema }) => {
            jsonSchema.rule = ruleOf(zodSchema);
            // zod leaves it out where a value is changed as it is read.
            const preset = z.globalRegistry.get(zodSchema)?.default;
            if (preset !== undefined) {
                Object.assign(jsonSchema, { default: preset });
            }
        },
    });
    return shapeSchema.parse(json);
}

/** What a schema answers to a value that no setting can be. zod's own words, which name no rule, are left out. */
function ruleOf(schema: z.core.$ZodType): string | undefined {
    const [issue] = z.core.safeParse(schema, Symbol("no setting")).error?.issues ?? [];
    return issue === undefined || issue.message.startsWith("Invalid ") ? undefined : issue.message;
}

/** What a setting takes, in words. */
export function takes({ rule, const: only, type, items, anyOf = [] }: SettingShape): string {
    if (only !== undefined) {
        return `\`${only}\``;
    }
    if (rule !== undefined) {
        return rule;
    }
    if (items !== undefined) {
        return `a list: ${takes(items)}`;
    }
    return anyOf.length > 0 ? anyOf.map(takes).join(", or ") : (type ?? "any value");
}
