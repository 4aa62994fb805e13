import { readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isDockerVariable } from "../protocol/dockerVariables.ts";
import { run as runPlain, tail, type Outcome, type Run } from "../system/process.ts";

/**
 * Assembles the root filesystem of a Debian with these packages, as an archive in `scratch`: with
 * mmdebstrap, from the sources of this computer's own apt. Nothing else on this computer is changed.
 *
 * @throws Error naming the step that failed, with its last lines.
 */
export async function assembleRoot(
    scratch: string,
    packages: readonly string[],
    run: Run,
): Promise<string> {
    const sources = await distributionSources(run);
    const path = await pathWithMmdebstrap(scratch, run);
    const proxies = await aptProxies(run);
    const archive = join(scratch, "root.tar");
    const suite = codename(readFileSync("/etc/os-release", "utf8"));
    const args = mmdebstrapArguments({ suite, archive, packages, sources, proxies });
    outputOf("mmdebstrap", await run("mmdebstrap", args, { env: { PATH: path } }));
    return archive;
}

/** The name of the distribution's release, as its package sources have it. */
export function codename(osRelease: string): string {
    const found = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1];
    if (found === undefined) {
        throw new Error("/etc/os-release: got no VERSION_CODENAME; a Debian or Ubuntu has one.");
    }
    return found;
}

/**
 * Files with this computer's own package sources. Only those of the distribution: third parties'
 * packages have no place in the machine. Files, not lines, so that mirrors keep their own keys.
 */
async function distributionSources(run: Run): Promise<readonly string[]> {
    const format = "$(ORIGIN)\t$(SOURCESENTRY)";
    const words = ["indextargets", "--format", format, "Created-By: Packages"];
    const list = async () =>
        sourceFiles(outputOf("apt-get indextargets", await run("apt-get", words)));
    let sources = await list();
    if (sources.length === 0) {
        await run("apt-get", ["update"]); // Without its lists apt does not know the origin of a source.
        sources = await list();
    }
    if (sources.length === 0) {
        throw new Error("apt: got no source of Debian or Ubuntu; see /etc/apt/sources.list.d.");
    }
    return sources;
}

/** From lines `origin<TAB>file:line` to the files of the distribution, each once. */
export function sourceFiles(targets: string): readonly string[] {
    const entries = targets.split("\n").map((line) => line.split("\t"));
    const own = entries.filter(([origin]) => origin === "Debian" || origin === "Ubuntu");
    return [...new Set(own.map(([, entry]) => (entry ?? "").replace(/:[\d-]+$/, "")))];
}

/** Proxies that apt needs to reach its sources, as options; none in most places. */
async function aptProxies(run: Run): Promise<readonly string[]> {
    const { code, stdout } = await run("apt-config", ["dump", "Acquire"]);
    const wanted = /^Acquire::https?::Proxy\S* "[^"]+";$/i;
    return code === 0 ? stdout.split("\n").filter((line) => wanted.test(line)) : [];
}

/** A PATH with mmdebstrap: where it is not installed, with a copy of its package in `scratch`. Its full path would
 * not do, for it looks for its companion `mmtarfilter` on PATH. */
async function pathWithMmdebstrap(scratch: string, run: Run): Promise<string> {
    const { PATH = "" } = process.env;
    if ((await run("mmdebstrap", ["--version"])).code === 0) {
        return PATH;
    }
    const fetch = () => run("apt-get", ["download", "mmdebstrap"], { cwd: scratch });
    let download = await fetch();
    if (download.code !== 0) {
        await run("apt-get", ["update"]); // Old lists name versions that are gone.
        download = await fetch();
    }
    outputOf("apt-get download mmdebstrap", download);
    const deb = readdirSync(scratch).find((name) => name.endsWith(".deb")) ?? "mmdebstrap.deb";
    const unpacked = await run("dpkg-deb", ["--extract", deb, "."], { cwd: scratch });
    outputOf("dpkg-deb --extract", unpacked);
    return `${join(scratch, "usr/bin")}${delimiter}${PATH}`;
}

/** What a root filesystem is assembled from. */
export interface RootRecipe {
    /** The distribution's release, by name. */
    readonly suite: string;
    /** File to write. */
    readonly archive: string;
    readonly packages: readonly string[];
    /** Files with apt's sources. */
    readonly sources: readonly string[];
    /** Options of apt that name the proxies. */
    readonly proxies: readonly string[];
}

/** Packages, sources and what is left out: no source, proxy, name or key of this computer stays in the tree. */
export function mmdebstrapArguments(recipe: RootRecipe): readonly string[] {
    const unread = ["man", "doc", "locale", "info"];
    const ours = "sources.list sources.list.d auth.conf.d apt.conf.d/99mmdebstrap";
    return [
        "--quiet",
        "--variant=minbase",
        `--include=${recipe.packages.join(",")}`,
        ...unread.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
        ...recipe.proxies.map((proxy) => `--aptopt=${proxy}`),
        `--setup-hook=cp -R /etc/apt/auth.conf.d "$1/etc/apt/" 2>/dev/null || true`,
        `--customize-hook=cd "$1/etc" && rm -rf resolv.conf hostname ssh/ssh_host_*`,
        `--customize-hook=cd "$1/etc/apt" && rm -rf ${ours}`,
        recipe.suite,
        recipe.archive,
        ...recipe.sources,
    ];
}

/** What a program printed; an error with its last lines where it failed. */
export function outputOf(what: string, outcome: Outcome): string {
    if (outcome.code !== 0) {
        throw new Error(`${what}: got exit code ${outcome.code}; ${tail(outcome, 5)}`);
    }
    return outcome.stdout;
}

/** Runs a program without the shell's choice of a Docker engine. */
export const runProgram: Run = (program, args, options) => {
    const names = Object.keys(process.env).filter(isDockerVariable);
    const without = Object.fromEntries(names.map((name) => [name, undefined]));
    return runPlain(program, args, { ...options, env: { ...without, ...options?.env } });
};
