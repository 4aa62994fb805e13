import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, run, tail } from "../../scripts/system/process.ts";
import { inScratch } from "../../scripts/system/files.ts";
import { siteObstacle } from "./reach.ts";

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

/**
 * Why no package can be had here, found out within seconds: not a system with Debian's packages, or no way to its
 * sources. Undefined where nothing speaks against it.
 */
export async function aptObstacle(): Promise<string | undefined> {
    if (!isDebianLike(await readFile("/etc/os-release", "utf8").catch(() => ""))) {
        return "this is neither Debian nor Ubuntu";
    }
    const sources = await run("apt-get", ["--print-uris", "update"], { timeoutMs: 5000 });
    if (sources.code !== 0) {
        return `apt-get: ${tail(sources, 1)}`;
    }
    const sites = [...sources.stdout.matchAll(/^'(https?:[^']+)'/gm)].map(([, url = ""]) => url);
    const first = sites[0];
    if (first === undefined || (await hasAptProxy())) {
        return undefined; // Files, discs or a proxy of its own: only apt itself can tell.
    }
    return siteObstacle(first);
}

async function hasAptProxy(): Promise<boolean> {
    const { stdout } = await run("apt-config", ["dump", "Acquire"], { timeoutMs: 5000 });
    return /^Acquire::https?::Proxy\S* "[^"]+";$/im.test(stdout);
}

/** Whether an os-release file is that of Debian or of a system that takes its packages. */
export function isDebianLike(release: string): boolean {
    return /^ID(_LIKE)?="?[^"\n]*\b(debian|ubuntu)\b/m.test(release);
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
    const command = [...words, ...options, ...packages];
    const failure = `apt-get cannot fetch ${packages.join(", ")}`;
    const fetched = await run("apt-get", command);
    if (fetched.code !== 0) {
        // The computer's lists may be empty or old; new ones of our own need no root.
        const lists = join(scratch, "lists");
        await mkdir(join(lists, "partial"), { recursive: true });
        const own = ["-o", `Dir::State::lists=${lists}`];
        const updated = await run("apt-get", ["update", ...options, ...own]);
        if (updated.code !== 0) {
            throw new Error(`${failure}: ${tail(fetched)}`);
        }
        await mustRun(failure, ["apt-get", ...command, ...own]);
    }
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
