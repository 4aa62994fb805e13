import {
    chmodSync,
    existsSync,
    mkdirSync,
    readFileSync,
    readlinkSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unpackDebian } from "../../../../cli/tools/debianPackages.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** Puts programs in front of PATH that stand in for apt's and dpkg's. */
async function standIns(programs: Readonly<Record<string, string>>): Promise<string> {
    const folder = await tempFolder();
    for (const [name, text] of Object.entries(programs)) {
        writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
        chmodSync(join(folder, name), 0o755);
    }
    stubEnv("PATH", `${folder}:${process.env.PATH ?? ""}`);
    return folder;
}

/** Fetches two packages: one that has /lib, one that has only /usr/lib; says how it was asked. */
const aptGet = `
echo "$@" > "$(dirname "$0")/asked"
for word in "$@"; do case "$word" in Dir::Cache=*) cache="\${word#Dir::Cache=}";; esac; done
cd "$(dirname "$0")" && mkdir -p one/lib two/usr/lib two/usr/share/doc/two
echo old > one/lib/one.so; echo new > two/usr/lib/two.so; echo words > two/usr/share/doc/two/README
for name in one two; do tar -C $name -cf "$cache/archives/$name.deb" .; done`;

test("packages are fetched as if nothing were installed, and their files merged into one tree", async () => {
    const folder = await standIns({ "apt-get": aptGet, "dpkg-deb": 'cat "$2"' });
    const root = join(await tempFolder(), "root");
    mkdirSync(root);
    await unpackDebian(["two"], root);

    const asked = readFileSync(join(folder, "asked"), "utf8");
    expect(asked).toMatch(/^install --yes --download-only --no-install-recommends -o Dir::State/);
    expect(asked).toMatch(/ two\n$/);
    expect(readlinkSync(join(root, "lib"))).toBe("usr/lib");
    expect(readFileSync(join(root, "usr/lib/one.so"), "utf8")).toBe("old\n");
    expect(readFileSync(join(root, "usr/lib/two.so"), "utf8")).toBe("new\n");
    expect(existsSync(join(root, "usr/share/doc"))).toBe(false);
    expect(statSync(join(root, "tmp")).mode & 0o7777).toBe(0o1777);
});

test("packages that apt has not are named, with its own last words", async () => {
    await standIns({ "apt-get": "echo 'E: Unable to locate package nothing' >&2; exit 100" });
    await expect(unpackDebian(["nothing"], await tempFolder())).rejects.toThrow(
        "apt-get cannot fetch nothing: E: Unable to locate package nothing",
    );
});

test("an archive that cannot be unpacked is named", async () => {
    await standIns({ "apt-get": aptGet, "dpkg-deb": "echo 'not a Debian archive' >&2; exit 2" });
    await expect(unpackDebian(["two"], await tempFolder())).rejects.toThrow(
        /archives\/one\.deb: sh failed: not a Debian archive/,
    );
});
