import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { tempFolder } from "../support/tempFolder.ts";

const deferred = new URL("../../deferred.js", import.meta.url).href;
const sdk = createRequire(import.meta.url).resolve("@pulumi/pulumi");

/** Runs a module in a process of its own, in which nothing is loaded yet; resolves with its answer. */
async function run(text: string): Promise<unknown> {
    const beginning = `
        import { createRequire } from "node:module";
        import { defer } from ${JSON.stringify(deferred)};
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

test("Pulumi's SDK still packs up functions and packages, with what it then loads", async () => {
    const names = ["typescript", "@npmcli/arborist", "normalize-package-data"];

    const answer = await run(`
        const sdk = ${JSON.stringify(sdk)};
        const require = createRequire(sdk);
        defer(sdk, ${JSON.stringify(names)});
        const pulumi = require(sdk);
        const inside = (part) => Object.keys(require.cache).filter((file) => file.includes(part)).length;
        const before = inside("/@npmcli/") + inside("/spdx-correct/");
        const packed = await pulumi.runtime.serializeFunction((a) => a + 1);
        const paths = await pulumi.runtime.computeCodePaths();
        print([before, packed.text.includes("a + 1"), paths.size > 0, inside("/@npmcli/") > 1]);
    `);

    // The one is the stand-in.
    expect(answer).toEqual([1, true, true, true]);
});
