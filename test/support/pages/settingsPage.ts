import { parse } from "yaml";
import { z } from "zod";
import { markdownTable } from "./markdownTable.ts";
import { readShape, takes, type SettingShape } from "./settingShape.ts";

/** What Pulumi.yaml says of its settings. */
const projectSchema = z.object({
    config: z.record(
        z.string(),
        z.object({
            default: z.unknown().optional(),
            description: z.string().default(""),
        }),
    ),
});

/** The parts of docs/settings.md that are made: from Pulumi.yaml name, default and meaning of a setting; from the schema
 * what it takes, what a change of it does, and everything of the keys inside of it. */
export interface SettingsPage {
    /** A row for each setting. */
    readonly settings: string;
    /** A table for each kind of map that settings take: nodes, services, checks. */
    readonly keys: string;
    /** What is not said yet, in lines for whoever adds a setting. */
    readonly unsaid: readonly string[];
}

/**
 * @param pulumiYaml text of Pulumi.yaml.
 * @param schema of all settings.
 * @param others of maps that are no setting by themselves, by what the page calls them.
 */
export function settingsPage(
    pulumiYaml: string,
    schema: z.ZodType,
    others: Readonly<Record<string, z.ZodType>> = {},
): SettingsPage {
    const { config } = projectSchema.parse(parse(pulumiYaml));
    const { properties = {} } = readShape(schema);
    const rows = Object.entries(config).map(([key, { default: preset, description }]) => {
        const shape = properties[key] ?? {};
        return [`\`${key}\``, takes(shape), code(preset), description, shape.change ?? ""];
    });
    const found = [
        ...Object.entries(properties).flatMap(([key, shape]) => mapsIn(key, shape)),
        ...Object.entries(others).flatMap(([name, one]) => mapsIn(name, readShape(one))),
    ];
    const tables = merged(found);
    return {
        settings: markdownTable(["Setting", "Takes", "Default", "Meaning", "A change"], rows),
        keys: tables.map(section).join("\n\n"),
        unsaid: [
            ...Object.keys(config)
                .filter((key) => properties[key]?.change === undefined)
                .map((key) => `${key}: its schema says no change: .meta(change("..."))`),
            ...tables.flatMap(({ paths: [path = ""], rows: all }) =>
                all
                    .filter(({ meaning }) => meaning === "")
                    .map(({ key }) => `${path}.${key}: its schema has no .describe("...")`),
            ),
        ],
    };
}

/** A key of a map. */
interface Row {
    readonly key: string;
    /** The kinds of the map that have it, where not all do. */
    readonly kinds: string;
    readonly takes: string;
    readonly default: string;
    readonly meaning: string;
    readonly change: string;
}

/** A map, where it is in the settings. */
interface KeyTable {
    readonly path: string;
    readonly rows: readonly Row[];
}

/** The maps in a setting, each before those inside of it. */
function mapsIn(path: string, shape: SettingShape): KeyTable[] {
    const { properties, items, anyOf = [], oneOf, additionalProperties: named } = shape;
    if (properties !== undefined) {
        return [
            { path, rows: rowsOf(shape) },
            ...Object.entries(properties).flatMap(([key, one]) => mapsIn(`${path}.${key}`, one)),
        ];
    }
    return [
        ...(oneOf === undefined ? [] : [{ path, rows: rowsOfKinds(oneOf) }]),
        ...(items === undefined ? [] : mapsIn(`${path}[]`, items)),
        ...(typeof named === "object" ? mapsIn(`${path}.NAME`, named) : []),
        ...anyOf.flatMap((one) => mapsIn(path, one)),
    ];
}

function rowsOf({ properties = {}, required = [] }: SettingShape): Row[] {
    return Object.entries(properties).map(([key, shape]) => {
        const isSet = shape.default !== undefined;
        return {
            key,
            kinds: "",
            takes: takes(shape),
            default: isSet ? code(shape.default) : required.includes(key) ? "has to be set" : "",
            meaning: shape.description ?? "",
            change: shape.change ?? "",
        };
    });
}

/** The keys of a map of several kinds, which one of its keys tells apart: each once, with the kinds that have it. */
function rowsOfKinds(all: readonly SettingShape[]): Row[] {
    const kinds = all.map((shape) => {
        const [, tells = {}] =
            Object.entries(shape.properties ?? {}).find(([, one]) => one.const !== undefined) ?? [];
        return { name: takes(tells), rows: rowsOf(shape) };
    });
    const distinct = new Map(
        kinds.flatMap(({ rows }) => rows.map((row) => [JSON.stringify(row), row] as const)),
    );
    return [...distinct].map(([text, row]) => {
        const having = kinds.filter(({ rows }) => rows.some((one) => JSON.stringify(one) === text));
        const isOfAll =
            having.length === kinds.length || kinds.some(({ name }) => name === row.takes);
        return { ...row, kinds: isOfAll ? "" : having.map(({ name }) => name).join(", ") };
    });
}

/** Tables of the same rows as one, with all of their places. */
function merged(all: readonly KeyTable[]): { paths: string[]; rows: Row[] }[] {
    const byRows = new Map<string, { paths: string[]; rows: Row[] }>();
    for (const { path, rows } of all) {
        const key = JSON.stringify(rows);
        const known = byRows.get(key);
        if (known === undefined) {
            byRows.set(key, { paths: [path], rows: [...rows] });
        } else if (!known.paths.includes(path)) {
            known.paths.push(path);
        }
    }
    return [...byRows.values()];
}

function section({ paths, rows }: { paths: readonly string[]; rows: readonly Row[] }): string {
    const cells = rows.map((row) => [
        `\`${row.key}\``,
        row.kinds,
        row.takes,
        row.default,
        row.meaning,
        row.change,
    ]);
    const heads = ["Key", "Of kind", "Takes", "Default", "Meaning", "A change"];
    const isUsed = heads.map((_, column) => cells.some((row) => row[column] !== ""));
    const used = (row: readonly string[]) => row.filter((_, column) => isUsed[column]);
    const title = paths.map((path) => `\`${path}\``).join(", ");
    return `### ${title}\n\n${markdownTable(used(heads), cells.map(used))}`;
}

/** A default: a value as it is written, or in words. */
function code(value: unknown): string {
    const isInWords = typeof value === "string" && /\s/.test(value);
    return isInWords ? value : `\`${JSON.stringify(value)}\``;
}
