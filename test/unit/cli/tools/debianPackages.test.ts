import { existsSync, mkdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aptObstacle, unpackDebian } from "../../../../cli/tools/debianPackages.ts";
import { standIns } from "../../../support/standIns.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

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

test("where this computer's lists are old, new ones of our own are fetched first", async () => {
    const whenNew = `case "$*" in
        update*) echo "$@" > "$(dirname "$0")/updated";;
        *Dir::State::lists=*) ${aptGet};;
        *) echo 404 >&2; exit 100;;
    esac`;
    const folder = await standIns({ "apt-get": whenNew, "dpkg-deb": 'cat "$2"' });
    const root = join(await tempFolder(), "root");
    mkdirSync(root);
    await unpackDebian(["two"], root);
    expect(readFileSync(join(folder, "updated"), "utf8")).toMatch(
        / Dir::State::lists=.*\/lists\n$/,
    );
    expect(existsSync(join(root, "usr/lib/two.so"))).toBe(true);
});

test.runIf(existsSync("/etc/debian_version"))(
    "a source that does not answer is an obstacle",
    async () => {
        const url = "'http://127.0.0.1:3/debian/dists/x/InRelease' x_InRelease 0";
        await standIns({ "apt-get": `echo "${url}"`, "apt-config": "true" });
        expect(await aptObstacle()).toContain("127.0.0.1:3: connect ECONNREFUSED");
        const proxy = `echo 'Acquire::http::Proxy "http://proxy:3142";'`;
        await standIns({ "apt-get": `echo "${url}"`, "apt-config": proxy });
        expect(await aptObstacle()).toBeUndefined();
        await standIns({ "apt-get": "echo 'E: Malformed entry' >&2; exit 100" });
        expect(await aptObstacle()).toBe("apt-get: E: Malformed entry");
    },
);

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
