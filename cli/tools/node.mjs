// Plain JavaScript: it runs before a Node that understands TypeScript is installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Whether a dotted version is at least another; what follows a dash or plus is ignored.
 *
 * @param {string} version such as `v22.18.0`
 * @param {string} minimum such as `22.18.0`
 */
export function isAtLeast(version, minimum) {
    const have = versionParts(version);
    for (const [index, part] of versionParts(minimum).entries()) {
        const mine = have[index] ?? 0;
        if (mine !== part) {
            return mine > part;
        }
    }
    return true;
}

/** @param {string} version */
function versionParts(version) {
    const [numbers = ""] = version.replace(/^v/, "").split(/[-+]/);
    return numbers.split(".").map((part) => Number.parseInt(part, 10));
}

/**
 * The npm package that carries Node's own executable for a platform, or undefined where none does.
 *
 * @param {string} platform Node's name of the operating system
 * @param {string} arch Node's name of the processor
 */
export function nodePackage(platform, arch) {
    // The packages for macOS have other names and numbers, and lack the version pinned here.
    const known = ["linux-x64", "linux-arm64", "win-x64"];
    const name = `${platform === "win32" ? "win" : platform}-${arch}`;
    return known.includes(name) ? `node-${name}` : undefined;
}

/**
 * A Node that runs TypeScript: the current one when it is new enough, else one fetched from npm
 * into the project's own `.tools` folder. The machine's Node is never touched.
 *
 * @param {string} root the project's folder
 * @returns {string} the path of the executable
 */
export function findNode(root) {
    const { minimum, fetched } = JSON.parse(
        readFileSync(join(root, "cli", "tools", "versions.json"), "utf8"),
    ).node;
    if (isAtLeast(process.version, minimum)) {
        return process.execPath;
    }
    const folder = join(root, ".tools", `node-${fetched}`);
    const carrier = nodePackage(process.platform, process.arch);
    const advice = `Install Node ${minimum} or later from https://nodejs.org/ and try again.`;
    if (carrier === undefined) {
        throw new Error(
            `Node ${process.version} is too old, and no npm package carries Node for ` +
                `${process.platform}-${process.arch}. ${advice}`,
        );
    }
    const executable = process.platform === "win32" ? "node.exe" : "node";
    const node = join(folder, "node_modules", carrier, "bin", executable);
    if (!existsSync(node)) {
        console.log(
            `Node ${process.version} is older than ${minimum}: fetching ${carrier}@${fetched}.`,
        );
        mkdirSync(folder, { recursive: true });
        const done = npm(["install", "--prefix", folder, ...quiet, `${carrier}@${fetched}`], {
            cwd: folder,
        });
        if (done !== 0 || !existsSync(node)) {
            throw new Error(`npm could not fetch ${carrier}@${fetched}. ${advice}`);
        }
    }
    return node;
}

/**
 * Whether the installed packages are those of the lock file. It compares npm's own list in
 * node_modules, so an install made by hand counts, and nothing is installed twice.
 *
 * @param {string} root the project's folder
 */
export function isInstalled(root) {
    const installed = join(root, "node_modules", ".package-lock.json");
    if (!existsSync(installed)) {
        return false;
    }
    const have = JSON.parse(readFileSync(installed, "utf8")).packages;
    const want = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
    return Object.entries(want).every(([path, wanted]) => {
        const got = have[path];
        // Packages for other platforms are in the lock file, but not on this disk.
        const mayLack = path === "" || wanted.optional === true || wanted.devOptional === true;
        return got === undefined
            ? mayLack
            : got.version === wanted.version && got.integrity === wanted.integrity;
    });
}

/**
 * Runs `npm ci` when the lock file and node_modules differ. Install scripts stay off: the only
 * ones here would have Pulumi's packages look for plugins before there is a Pulumi.
 *
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} env the environment, with the Node to use first in its PATH
 */
export function installPackages(root, env) {
    if (isInstalled(root)) {
        return;
    }
    console.log("Installing the packages of package-lock.json (npm ci).");
    if (npm(["ci", ...quiet], { cwd: root, env }) !== 0) {
        throw new Error(
            "npm ci failed (its own message is above). Check that the package registry that " +
                "`npm config get registry` names can be reached, then try again.",
        );
    }
}

const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];

/**
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 */
function npm(args, { cwd, env = process.env }) {
    const options = { cwd, env: { ...env, npm_config_ignore_scripts: "true" } };
    const command = process.platform === "win32" ? "npm.cmd" : "npm";
    const shell = process.platform === "win32";
    return spawnSync(command, args, { ...options, stdio: ["ignore", "inherit", "inherit"], shell })
        .status;
}
