import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { namedServiceSchema } from "../../../components/node/serviceSchema.ts";
import { change } from "../../../program/settings/changes.ts";
import { knownDrivers } from "../../../program/settings/driverSchema.ts";
import { settingsSchema } from "../../../program/settings/schema.ts";
import { expectParts, withPart } from "../../support/pages/generatedPart.ts";
import { settingsPage } from "../../support/pages/settingsPage.ts";

const root = new URL("../../../", import.meta.url);
const page = fileURLToPath(new URL("docs/settings.md", root));

/** Options of the drivers, which are a setting only together with the driver. */
const drivers = Object.fromEntries(
    Object.entries(knownDrivers).map(([driver, schema]) => [`driverOptions (${driver})`, schema]),
);

const made = settingsPage(await readFile(new URL("Pulumi.yaml", root), "utf8"), settingsSchema, {
    // A service may be a definition of Consul's own instead, so the settings' schema does not show what it has.
    "services[]": namedServiceSchema,
    ...drivers,
});

describe("docs/settings.md", () => {
    test("is made from Pulumi.yaml and the schema: a row for each setting, a table for each map in one", async () => {
        await expectParts(page, { settings: made.settings, keys: made.keys });
    });

    test("leaves nothing unsaid: CONTRIBUTING.md tells how a setting is added", () => {
        expect(made.unsaid).toEqual([]);
    });
});

const pulumiYaml = `
config:
    servers:
        default: 3
        description: A count | a list.
    join:
        type: array
        items:
            type: string
        default: []
        description: >-
            Addresses
            to join.
    tls:
        default: {}
        description: How.
`;

const text = z.string("a word");
const node = z.strictObject({
    name: text.meta({ description: "Its name.", ...change("another node") }),
    size: z
        .preprocess((value) => value, z.int("a number of MB"))
        .optional()
        .meta({ description: "Its memory.", default: 512 }),
    checks: z
        .array(
            z.discriminatedUnion("kind", [
                z.strictObject({
                    kind: z.literal("tcp").describe("Opens a connection."),
                    port: z.int("a port").describe("Where."),
                }),
                z.strictObject({
                    kind: z.literal("ttl").describe("Waits."),
                }),
                z.strictObject({
                    kind: z.literal("http").describe("Asks."),
                    port: z.int("a port").describe("Where."),
                }),
            ]),
            "a list of checks",
        )
        .optional()
        .describe("What is looked at."),
});
const schema = z.strictObject({
    servers: z.union([z.int(), z.array(node)], "a count or a list").meta(change("more or fewer")),
    join: z.array(text).meta(change("nothing")),
    tls: z.strictObject({ least: z.enum(["1.2", "1.3"]).exactOptional() }, "a map"),
});

describe("the page of a schema", () => {
    const { settings, keys, unsaid } = settingsPage(pulumiYaml, schema, {
        "options (lab)": z.strictObject({ subnet: text.optional().describe("The network.") }),
    });

    test("has of each setting what it takes, its default, meaning, and what a change does", () => {
        expect(settings).toBe(
            [
                "<!-- prettier-ignore -->",
                "| Setting | Takes | Default | Meaning | A change |",
                "| --- | --- | --- | --- | --- |",
                "| `servers` | a count or a list | `3` | A count \\| a list. | more or fewer |",
                "| `join` | a list: a word | `[]` | Addresses to join. | nothing |",
                "| `tls` | a map | `{}` | How. |  |",
            ].join("\n"),
        );
    });

    test("has a table for each map in a setting, without the columns that say nothing", () => {
        expect(keys.replaceAll("<!-- prettier-ignore -->\n", "")).toBe(`### \`servers[]\`

| Key | Takes | Default | Meaning | A change |
| --- | --- | --- | --- | --- |
| \`name\` | a word | has to be set | Its name. | another node |
| \`size\` | a number of MB | \`512\` | Its memory. |  |
| \`checks\` | a list of checks |  | What is looked at. |  |

### \`servers[].checks[]\`

| Key | Of kind | Takes | Default | Meaning |
| --- | --- | --- | --- | --- |
| \`kind\` |  | \`tcp\` | has to be set | Opens a connection. |
| \`port\` | \`tcp\`, \`http\` | a port | has to be set | Where. |
| \`kind\` |  | \`ttl\` | has to be set | Waits. |
| \`kind\` |  | \`http\` | has to be set | Asks. |

### \`tls\`

| Key | Takes |
| --- | --- |
| \`least\` | string |

### \`options (lab)\`

| Key | Takes | Meaning |
| --- | --- | --- |
| \`subnet\` | a word | The network. |`);
    });

    test("names what the schema does not say", () => {
        expect(unsaid).toEqual([
            'tls: its schema says no change: .meta(change("..."))',
            'tls.least: its schema has no .describe("...")',
        ]);
    });
});

test("a part replaces what stands between its marks, and nothing else", () => {
    const before = "before\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n";
    const renewed = "before\n<!-- settings -->\n\nnew\n\n<!-- /settings -->\nafter\n";
    expect(withPart(before, "settings", "new")).toBe(renewed);
    expect(withPart(renewed, "settings", "new")).toBe(renewed);
});

test.each(["", "<!-- settings -->", "<!-- /settings --><!-- settings -->"])(
    "a page without both marks in their order, such as %j, is refused",
    (lacking) => {
        expect(() => withPart(lacking, "settings", "new")).toThrow(
            new Error("the page lacks the lines <!-- settings --> and <!-- /settings -->."),
        );
    },
);
