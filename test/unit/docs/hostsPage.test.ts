import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findingIds } from "../../../scripts/hosts/facts/finding.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/hosts.md"), "utf8");

test("docs/hosts.md has a row for each thing that a look can find, and for nothing else", () => {
    const rows = [...page.matchAll(/^\| <a id="([a-z-]+)"><\/a>`([a-z-]+)` +\|/gm)];
    expect(rows.map(([, anchor]) => anchor)).toEqual(rows.map(([, , name]) => name));
    const ids = rows.map(([, anchor = ""]) => anchor);
    expect([...ids].sort()).toEqual([...findingIds].sort());
});
