import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { expectPart, withPart } from "../../support/pages/generatedPart.ts";
import { settingsTable } from "../../support/pages/settingsTable.ts";

const root = new URL("../../../", import.meta.url);

test("docs/settings.md has the table of the settings as Pulumi.yaml declares them", async () => {
    const table = settingsTable(await readFile(new URL("Pulumi.yaml", root), "utf8"));
    await expectPart(fileURLToPath(new URL("docs/settings.md", root)), "settings", table);
});

test("a table has a row for each setting: key, type, default, meaning", () => {
    const yaml = `
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
    driver:
        type: string
        default: lab
        description: The driver.
`;
    expect(settingsTable(yaml)).toBe(
        [
            "<!-- prettier-ignore -->",
            "| Setting | Type | Default | Meaning |",
            "| --- | --- | --- | --- |",
            "| `servers` | count or list | `3` | A count \\| a list. |",
            "| `join` | array of strings | `[]` | Addresses to join. |",
            '| `driver` | string | `"lab"` | The driver. |',
        ].join("\n"),
    );
});

test("a part replaces what stands between its marks, and nothing else", () => {
    const page = "before\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n";
    const renewed = "before\n<!-- settings -->\n\nnew\n\n<!-- /settings -->\nafter\n";
    expect(withPart(page, "settings", "new")).toBe(renewed);
    expect(withPart(renewed, "settings", "new")).toBe(renewed);
});

test.each(["", "<!-- settings -->", "<!-- /settings --><!-- settings -->"])(
    "a page without both marks in their order, such as %j, is refused",
    (page) => {
        expect(() => withPart(page, "settings", "new")).toThrow(
            new Error("the page lacks the lines <!-- settings --> and <!-- /settings -->."),
        );
    },
);
