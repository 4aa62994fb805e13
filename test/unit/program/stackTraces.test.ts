import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** What a program prints that Node starts with Pulumi's translator of stack traces in place. */
async function printed(program: string): Promise<string> {
    const text = `require("source-map-support").install(); ${program}`;
    return (await promisify(execFile)(process.execPath, ["--eval", text])).stdout.trim();
}

test("the program's stack traces are V8's own", async () => {
    const isTranslated = "console.log(Error.prepareStackTrace !== undefined)";
    const load = 'import("./program/stackTraces.ts")';
    expect(await printed(isTranslated)).toBe("true");
    expect(await printed(`${load}.then(() => ${isTranslated})`)).toBe("false");
});

test("they still name the line that failed", async () => {
    const file = "components/agent/agentCommand.ts";
    const lines = readFileSync(file, "utf8").split("\n");
    const failing = lines.findIndex((line) => line.includes("throw new RangeError")) + 1;
    const call = `require("./${file}").refuseOwnAddress({ advertise: "a", join: ["a"] })`;
    const stack = await printed(
        `import("./program/stackTraces.ts").then(() => ${call})` +
            ".catch((error) => console.log(error.stack))",
    );
    expect(stack).toContain(`${file}:${failing}:`);
});
