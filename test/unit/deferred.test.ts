import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { tempFolder } from "../support/tempFolder.ts";

const deferred = new URL("../../deferred.js", import.meta.url).href;

/** Runs a module in a process of its own, in which nothing is loaded yet; resolves with its answer. */
async function run(text: string): Promise<unknown> {
    const beginning = `
        import { defer } from ${JSON.stringify(deferred)};
        import { createRequire } from "node:module";
        const print = (value) => process.stdout.write(JSON.stringify(value));
    `;
    const words = ["--input-type=module", "--eval", beginning + text];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    return JSON.parse(stdout) as unknown;
}

test("a module is loaded when something of it is asked for, once, and not before", async () => {
    const folder = await tempFolder();
    const user = join(folder, "user.cjs");
    await writeFile(
        join(folder, "heavy.cjs"),
        "globalThis.loads = (globalThis.loads ?? 0) + 1; module.exports = { answer: () => 42 };",
    );
    await writeFile(
        user,
        'const heavy = require("./heavy.cjs"); exports.ask = () => heavy.answer();',
    );

    const answer = await run(`
        const file = ${JSON.stringify(user)};
        defer(file, ["./heavy.cjs", "./missing.cjs"]);
        const { ask } = createRequire(file)(file);
        const before = globalThis.loads ?? 0;
        print([before, ask(), ask(), globalThis.loads]);
    `);

    expect(answer).toEqual([0, 42, 42, 1]);
});

test("a stand-in answers for its module until something else is asked for", async () => {
    const folder = await tempFolder();
    const user = join(folder, "user.cjs");
    await writeFile(
        join(folder, "heavy.cjs"),
        "globalThis.loads = (globalThis.loads ?? 0) + 1; module.exports = { who: 'itself', answer: 42 };",
    );
    await writeFile(
        user,
        'const heavy = require("./heavy.cjs"); exports.ask = (key) => heavy[key];',
    );

    const answer = await run(`
        const file = ${JSON.stringify(user)};
        defer(file, ["./heavy.cjs"], { who: "its stand-in" });
        const { ask } = createRequire(file)(file);
        const before = [ask("who"), ask("who"), globalThis.loads ?? 0];
        print([...before, ask("answer"), ask("who"), globalThis.loads]);
    `);

    expect(answer).toEqual(["its stand-in", "its stand-in", 0, 42, "itself", 1]);
});
