import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keptTimings } from "../../../../cli/tools/timings.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

test("how long work took is kept, in whole seconds", async () => {
    const file = join(await tempFolder(), "new", "timings.json");
    expect(keptTimings(file).expectedMs("building")).toBeUndefined();
    await keptTimings(file).record("building", 61_400);
    await keptTimings(file).record("linking", 1000);
    expect(keptTimings(file).expectedMs("building")).toBe(61_000);
});

test("a file that is not one of times is as good as none", async () => {
    const file = join(await tempFolder(), "timings.json");
    for (const text of ["", "{", "[]", '{"building": "long"}']) {
        await writeFile(file, text);
        expect(keptTimings(file).expectedMs("building")).toBeUndefined();
    }
});
