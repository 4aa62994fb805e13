import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runApart } from "../support/ownProcess.ts";
import { tempFolder } from "../support/tempFolder.ts";

const deferred = new URL("../../deferred.js", import.meta.url).href;

/** Runs a module beside one, `file`, that requires `heavy.cjs`, of which each load is counted. */
async function run(heavy: string, asking: string, text: string): Promise<unknown> {
    const folder = await tempFolder();
    const file = join(folder, "user.cjs");
    const counted = `globalThis.loads = (globalThis.loads ?? 0) + 1; module.exports = ${heavy};`;
    await writeFile(join(folder, "heavy.cjs"), counted);
    await writeFile(file, `const heavy = require("./heavy.cjs"); exports.ask = ${asking};`);
    return runApart(`
        import { defer } from ${JSON.stringify(deferred)};
        const file = ${JSON.stringify(file)};
        ${text}
    `);
}

test("a module is loaded when something of it is asked for, once, and not before", async () => {
    const answer = await run(
        "{ answer: () => 42 }",
        "() => heavy.answer()",
        `
        defer(file, ["./heavy.cjs", "./missing.cjs"]);
        const { ask } = createRequire(file)(file);
        const before = globalThis.loads ?? 0;
        print([before, ask(), ask(), globalThis.loads]);
        `,
    );

    expect(answer).toEqual([0, 42, 42, 1]);
});

test("a stand-in answers for its module until something else is asked for", async () => {
    const answer = await run(
        "{ who: 'itself', answer: 42 }",
        "(key) => heavy[key]",
        `
        defer(file, ["./heavy.cjs"], { who: "its stand-in" });
        const { ask } = createRequire(file)(file);
        const before = [ask("who"), ask("who"), globalThis.loads ?? 0];
        print([...before, ask("answer"), ask("who"), globalThis.loads]);
        `,
    );

    expect(answer).toEqual(["its stand-in", "its stand-in", 0, 42, "itself", 1]);
});
