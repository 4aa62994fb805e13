import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSources } from "../../../../cli/import/sources.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await tempFolder();
    await mkdir(join(folder, "consul.d/below"), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
        await writeFile(join(folder, name), text);
    }
    return folder;
}

test("a folder is read as by -config-dir: by the names' bytes, and nothing below it", async () => {
    const folder = await folderOf({
        "consul.d/b.json": "{}",
        "consul.d/B.hcl": "",
        "consul.d/a.hcl": "\uFEFFx = 1",
        "consul.d/notes.txt": "",
        "consul.d/below/c.hcl": "",
        "one.json": "{}",
    });
    await symlink(join(folder, "one.json"), join(folder, "consul.d/linked.json"));
    const { files, skipped } = await readSources(["one.json", "consul.d"], folder);
    expect(files.map(({ path, format }) => [path, format])).toEqual([
        ["one.json", "json"],
        ["consul.d/B.hcl", "hcl"],
        ["consul.d/a.hcl", "hcl"],
        ["consul.d/b.json", "json"],
        ["consul.d/linked.json", "json"],
    ]);
    expect(files[2]?.text).toBe("x = 1");
    expect(skipped).toEqual(["consul.d/notes.txt"]);
});

test.each([
    ["nothing.hcl", "nothing.hcl: there is no such file or folder", 3],
    [
        "notes.txt",
        "notes.txt: its name ends neither in .hcl nor in .json; Consul would not read it either",
        2,
    ],
    ["consul.d", "consul.d: there is no file .hcl or .json in it", 1],
])("%s is refused", async (path, message, exitCode) => {
    const folder = await folderOf({ "notes.txt": "" });
    await expect(readSources([path], folder)).rejects.toMatchObject({ message, exitCode });
});
