import { chmod, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../scripts/system/process.ts";
import { inScratch } from "../../scripts/system/files.ts";

/** Files that no program in a container needs. */
const unneeded = ["doc", "man", "locale", "info", "lintian"].map((name) => `usr/share/${name}`);

/**
 * Unpacks packages, with all that they depend on, into a folder, from the sources of this
 * computer's own apt. Nothing is installed, none of their scripts is run, and root is not needed.
 *
 * @throws Error where there is no apt, or it does not have these packages.
 */
export async function unpackDebian(packages: readonly string[], root: string): Promise<void> {
    await inScratch("debian", async (scratch) => {
        const archives = await download(packages, scratch);
        await makeMerged(root);
        for (const archive of archives) {
            const files = join(scratch, "files.tar");
            await unpackOne(join(scratch, "archives", archive), files, root);
        }
        for (const path of unneeded) {
            await rm(join(root, path), { recursive: true, force: true });
        }
    });
}

/** Fetches the packages and, as its list of installed ones is empty, every dependency. */
async function download(packages: readonly string[], scratch: string): Promise<string[]> {
    await mkdir(join(scratch, "archives", "partial"), { recursive: true });
    const status = join(scratch, "status");
    await writeFile(status, "");
    const options = [
        `Dir::State::status=${status}`,
        `Dir::Cache=${scratch}`,
        "Dir::Cache::archives=archives/",
        "Debug::NoLocking=1",
    ].flatMap((option) => ["-o", option]);
    const words = ["install", "--yes", "--download-only", "--no-install-recommends"];
    const command = ["apt-get", ...words, ...options, ...packages];
    await mustRun(`apt-get cannot fetch ${packages.join(", ")}`, command);
    const found = await readdir(join(scratch, "archives"));
    return found.filter((name) => name.endsWith(".deb")).sort();
}

/** Prepares a root for packages of either kind: with files in /lib, or only in /usr/lib. */
async function makeMerged(root: string): Promise<void> {
    for (const name of ["bin", "sbin", "lib", "lib64"]) {
        await mkdir(join(root, "usr", name), { recursive: true });
        await symlink(`usr/${name}`, join(root, name));
    }
    await mkdir(join(root, "tmp"));
    await chmod(join(root, "tmp"), 0o1777);
}

async function unpackOne(archive: string, files: string, root: string): Promise<void> {
    const toTar = 'dpkg-deb --fsys-tarfile "$1" > "$2"';
    await mustRun(`${archive}: sh failed`, ["sh", "-c", toTar, "sh", archive, files]);
    const keep = ["--keep-directory-symlink", "--no-same-owner"];
    await mustRun(`${archive}: tar failed`, ["tar", "-C", root, ...keep, "-xf", files]);
}
