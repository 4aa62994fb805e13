import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { projectRoot } from "../../cli/tools/paths.ts";
import { mustPass } from "./support/mustPass.ts";

it.concurrent.each(["types", "lint", "format"])("%s", async (script) => {
    await mustPass("npm", ["run", "--silent", script], { cwd: projectRoot });
});

// Vitest and tsc take what Node's own stripping of types makes invalid, such as a public method named `declare`.
it.concurrent("node", async () => {
    const folders = "{cli,components,examples,policy,program,providers,scripts}/**/*.ts";
    const files = ["index.ts", ...globSync(folders, { cwd: projectRoot })];
    const flags = ["--no-warnings", "--experimental-vm-modules"];
    const script = join(import.meta.dirname, "support", "parseInNode.mjs");
    const ended = promisify(execFile)(process.execPath, [...flags, script], { cwd: projectRoot });
    ended.child.stdin?.end(files.join("\n"));
    expect(files.length).toBeGreaterThan(300);
    expect((await ended).stdout).toBe("");
});
