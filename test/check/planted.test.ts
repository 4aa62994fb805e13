import { cp, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../../cli/tools/paths.ts";
import { run } from "../../scripts/system/process.ts";
import { tempFolder } from "../support/tempFolder.ts";

/** A copy of the project, with the packages that are installed here. */
async function copyOfProject(): Promise<string> {
    const copy = await tempFolder();
    const left = [".git", ".state", ".tools", "dist", "node_modules"];
    await cp(projectRoot, copy, {
        recursive: true,
        filter: (path) => !left.includes(relative(projectRoot, path)),
    });
    await symlink(join(projectRoot, "node_modules"), join(copy, "node_modules"));
    return copy;
}

/** A type error and wrong spaces. */
const planted = 'export const planted: number =   "text";\n';

it("planted faults", async () => {
    const copy = await copyOfProject();
    await writeFile(join(copy, "components/planted.ts"), planted);

    // What `npm test -- check -t ...` runs. This very test is not among them.
    const args = ["cli/test.ts", "check", "sources", "-t", "types|format"];
    const { code, stdout } = await run(process.execPath, args, { cwd: copy });

    expect(code, stdout).toBe(1);
    expect(stdout).toContain("components/planted.ts(1,14): error TS2322");
    expect(stdout).toContain("[warn] components/planted.ts");
    expect(stdout).toMatch(/^check: types +0 +1 +0$/m);
    expect(stdout).toMatch(/^check: format +0 +1 +0$/m);
    expect(stdout).toMatch(/^ {2}test\/check\/sources.test.ts > types: \S+\(\d+,\d+\): error/m);
    expect(stdout).toMatch(/^ {2}test\/check\/sources.test.ts > format: \[warn\] \S+/m);
    expect(stdout.trim().split("\n").at(-1)).toBe("0 passed, 2 failed, 2 skipped");
});
