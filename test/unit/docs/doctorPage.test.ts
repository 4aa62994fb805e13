import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clusterChecks } from "../../../cli/doctor/checks/allChecks.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/doctor.md"), "utf8");

/** The rows of the page's tables: what each is about, and its other cells. */
const rows = [...page.matchAll(/^\| <a id="([a-z-]+)"><\/a>`([a-z-]+)` +\|(.*)\|$/gm)].map(
    ([, anchor = "", id = "", rest = ""]) => ({
        anchor,
        id,
        cells: rest.split("|").map((cell) => cell.trim()),
    }),
);

test("docs/doctor.md has a row for each thing that doctor can say, and for nothing else", () => {
    expect(rows.map(({ id }) => id).sort()).toEqual(clusterChecks.map(({ id }) => id).sort());
});

test("each row is reached by the name of its check, and says what it means and what to do", () => {
    for (const { anchor, id, cells } of rows) {
        expect(anchor).toBe(id);
        expect(cells).toHaveLength(2);
        expect(cells.every((cell) => cell.length > 10)).toBe(true);
    }
});
