import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, tail } from "../../scripts/system/process.ts";

/** What nobody reads inside of a container. */
const unread = ["doc", "man", "locale", "info", "lintian"].map((name) => `usr/share/${name}`);

/**
 * Unpacks packages, with all that they depend on, into a folder, from the sources of this
 * computer's own apt. Nothing is installed, no script of theirs is run, and root is not needed.
 *
 * @throws Error where there is no apt, or it has not these packages.
 */
export async function unpackDebian(packages: readonly string[], root: string): Promise<void> {
    const scratch = await mkdtemp(join(tmpdir(), "consul-machines-debian-"));
    try {
        const archives = await download(packages, scratch);
        await makeMerged(root);
        for (const archive of archives) {
            const files = join(scratch, "files.tar");
            await unpackOne(join(scratch, "archives", archive), files, root);
        }
        for (const path of unread) {
            await rm(join(root, path), { recursive: true, force: true });
        }
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

/** As if nothing were installed here, so that apt fetches every dependency. */
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
    const fetched = await run("apt-get", [...words, ...options, ...packages]);
    if (fetched.code !== 0) {
        throw new Error(`apt-get cannot fetch ${packages.join(", ")}: ${tail(fetched)}`);
    }
    const found = await readdir(join(scratch, "archives"));
    return found.filter((name) => name.endsWith(".deb")).sort();
}

/** Packages of either kind fit: those that have /lib, and those that have only /usr/lib. */
async function makeMerged(root: string): Promise<void> {
    for (const name of ["bin", "sbin", "lib", "lib64"]) {
        await mkdir(join(root, "usr", name), { recursive: true });
        await symlink(`usr/${name}`, join(root, name));
    }
    await mkdir(join(root, "tmp"));
    await chmod(join(root, "tmp"), 0o1777);
}

async function unpackOne(archive: string, files: string, root: string): Promise<void> {
    const steps: readonly [string, readonly string[]][] = [
        ["sh", ["-c", 'dpkg-deb --fsys-tarfile "$1" > "$2"', "sh", archive, files]],
        ["tar", ["-C", root, "--keep-directory-symlink", "--no-same-owner", "-xf", files]],
    ];
    for (const [program, words] of steps) {
        const done = await run(program, words);
        if (done.code !== 0) {
            throw new Error(`${archive}: ${program} failed: ${tail(done)}`);
        }
    }
}
