import { z } from "zod";
import {
    completionRow,
    commands,
    optionsOf,
    type CommandRow,
} from "../../../cli/commands/table.ts";

/** What each command takes, as its page shows it: an option that all have is in the table before. */
export function commandTables(): string {
    return [...commands, completionRow].map(section).join("\n\n");
}

/** The options that are explained once for all commands. */
const common = ["--stack", "--cwd", "--cluster", "--json", "--yes"];

function section(row: CommandRow): string {
    const { name, purpose, arguments: all = [], exits = [] } = row;
    const words = all.map((one) => one.name);
    const typed = row.passesOn === true ? words.join(" -- ") : words.join(" ");
    const options = optionsOf(row, true).filter(
        ({ flags }) => !common.some((one) => flags.includes(one)),
    );
    const taken = common.filter((one) => row.options.some(({ flags }) => flags.includes(one)));
    const lines = [
        ...all.map((one) => [one.name, one.meaning] as const),
        ...options.map(({ flags, meaning, isClones }) => {
            return [flags, isClones === true ? `${meaning}; in a clone alone` : meaning] as const;
        }),
    ].map(([what, meaning]) => `- \`${what}\`: ${meaning}`);
    const codes = exits.map(([code, meaning]) => `${code} (${meaning})`).join(", ");
    return [
        `### ${name}`,
        "",
        purpose,
        "",
        `    consul-machines ${[name, typed].filter((one) => one !== "").join(" ")}`,
        "",
        ...lines,
        ...(taken.length === 0 ? [] : [`- and ${taken.map((one) => `\`${one}\``).join(", ")}`]),
        ...(codes === "" ? [] : ["", `Exit codes besides 0, 1 and 2: ${codes}.`]),
    ].join("\n");
}

/** The shape of an answer, as its page shows it: names, and what their values are. */
export function shapeOf(answer: z.ZodType): string {
    return lines(z.toJSONSchema(answer), "").join("\n");
}

const schema = z.looseObject({
    type: z
        .union([z.string().transform((one) => [one]), z.array(z.string())])
        .optional()
        .transform((all = []) => all),
    enum: z.array(z.string()).optional(),
    anyOf: z.array(z.unknown()).optional(),
    properties: z.record(z.string(), z.unknown()).optional(),
    items: z.unknown().optional(),
    additionalProperties: z.unknown().optional(),
});

function lines(value: unknown, indent: string): string[] {
    const { properties = {} } = schema.parse(value);
    return Object.entries(properties).flatMap(([name, inner]) => {
        const nested = nestedIn(inner);
        const below = nested === undefined ? [] : lines(nested, `${indent}  `);
        return [`${indent}${name}: ${wordFor(inner)}`, ...below];
    });
}

function nestedIn(value: unknown): unknown {
    const { items, type } = schema.parse(value);
    const one = type.includes("array") ? items : value;
    return schema.parse(one ?? {}).properties === undefined ? undefined : one;
}

function wordFor(value: unknown): string {
    const { type, enum: choices, anyOf, items, additionalProperties } = schema.parse(value);
    if (anyOf !== undefined) {
        return anyOf.map(wordFor).join(" or ");
    }
    if (choices !== undefined) {
        return choices.map((one) => `"${one}"`).join(" or ");
    }
    if (type.includes("array")) {
        return nestedIn(value) === undefined ? `list of ${wordFor(items)}` : "list of";
    }
    if (type.includes("object")) {
        return nestedIn(value) === undefined ? `by name, ${wordFor(additionalProperties)}` : "";
    }
    if (type.length === 0) {
        return "any value";
    }
    const words: Readonly<Record<string, string>> = { string: "text", boolean: "true or false" };
    return type.map((one) => words[one] ?? one).join(" or ");
}
