import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settingsTable, withTable } from "../../../../cli/tools/settingsTable.ts";

const root = new URL("../../../../", import.meta.url);

test("README.md has the table of the settings as Pulumi.yaml declares them", async () => {
    const table = settingsTable(await readFile(new URL("Pulumi.yaml", root), "utf8"));
    const readme = await readFile(new URL("README.md", root), "utf8");
    expect(readme, "out of date: run `node cli/tools/settingsTable.ts`").toBe(
        withTable(readme, table),
    );
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
            "| Setting | Type | Default | Meaning |",
            "| --- | --- | --- | --- |",
            "| `servers` | count or list | `3` | A count \\| a list. |",
            "| `join` | array of strings | `[]` | Addresses to join. |",
            '| `driver` | string | `"lab"` | The driver. |',
        ].join("\n"),
    );
});

test("the table replaces what stands between the marks, and nothing else", () => {
    const page = "before\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n";
    const renewed =
        "before\n<!-- settings -->\n\n<!-- prettier-ignore -->\nnew\n\n<!-- /settings -->\nafter\n";
    expect(withTable(page, "new")).toBe(renewed);
    expect(withTable(renewed, "new")).toBe(renewed);
});

test.each(["", "<!-- settings -->", "<!-- /settings --><!-- settings -->"])(
    "a page without both marks in their order, such as %j, is told",
    (page) => {
        expect(() => withTable(page, "new")).toThrow(
            new Error("README.md: lacks the lines <!-- settings --> and <!-- /settings -->."),
        );
    },
);
