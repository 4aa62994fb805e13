import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";

/** The directory of the compile cache in a process that Node starts as Pulumi has it start the program. */
async function cacheDirectory(env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
        readonly runtime: { readonly options: { readonly nodeargs: string } };
    };
    const text = 'console.log(process.getBuiltinModule("node:module").getCompileCacheDir() ?? "")';
    const args = [...runtime.options.nodeargs.split(" "), "--eval", text];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: { ...process.env, ...env },
    });
    return stdout.trim();
}

test("the program starts with the compile cache", async () => {
    expect(await cacheDirectory()).not.toBe("");
});

test("NODE_DISABLE_COMPILE_CACHE turns the compile cache off", async () => {
    expect(await cacheDirectory({ NODE_DISABLE_COMPILE_CACHE: "1" })).toBe("");
});
