import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { run, tail } from "../../scripts/system/process.ts";
import { cachePath, cached, type CacheKey } from "./cache.ts";
import { findConfigured, type ConsulImage } from "./consulImage.ts";
import { unpackDebian } from "./debianPackages.ts";
import { goArch } from "./goModule.ts";
import { writeImageArchive } from "./imageTarball.ts";
import { linkFile } from "./link.ts";
import type { Attempt, Tool } from "./obtain.ts";
import { projectRoot, toolsFolder } from "./paths.ts";
import { versions } from "./versions.ts";

/** An image of another program than the Consul of the stack, for an example or a test. */
interface ProgramImage {
    /** What it is called, here and in the cache. */
    readonly name: string;
    /** The version of what is made here in its place. */
    readonly version: string;
    /** The program that it starts. */
    readonly entrypoint: string;
    /** Fills a folder with the image's files. */
    readonly fill?: (root: string) => Promise<void>;
}

const architecture = goArch();

/** Redis: as configured where that can be pulled, else from this computer's Debian packages. */
export const redisImageTool = toolFor({
    name: "redis",
    version: "debian",
    entrypoint: "/usr/bin/redis-server",
    fill: async (root) => {
        await unpackDebian(["redis-tools"], root);
        // One program of three names; the package that has this one would bring users and Perl.
        await symlink("redis-check-rdb", join(root, "usr/bin/redis-server"));
    },
});

/** Node: as configured where that can be pulled, else the one that npm carries, with Debian's
 * libraries. */
export const nodeImageTool = toolFor({
    name: "node",
    version: versions.node.fetched,
    entrypoint: "/usr/bin/node",
    fill: async (root) => {
        await unpackDebian(["libc6", "libstdc++6", "libgcc-s1"], root);
        await addNode(join(root, "usr/bin/node"));
    },
});

/** Registrator: as configured where that can be pulled, else an archive that somebody put into the
 * cache: no module proxy has its module, so it is not built here. */
export const registratorImageTool = toolFor({
    name: "registrator",
    version: "7.4.0",
    entrypoint: "/bin/registrator",
});

/** progrium's Consul of 2015: as configured where that can be pulled, else an archive that somebody put
 * into the cache: nobody builds it any more. */
export const progriumImageTool = toolFor({
    name: "progrium",
    version: "0.5.2",
    entrypoint: "/bin/start",
});

function toolFor(image: ProgramImage) {
    const { name, fill } = image;
    return (configured: string): Tool<ConsulImage> => ({
        name: `${name} image`,
        ways: [
            { kind: "find", how: "as configured", attempt: () => findConfigured(configured) },
            { kind: "find", how: "archive made before", attempt: () => findArchive(image) },
            ...(fill === undefined
                ? []
                : [
                      {
                          kind: "build" as const,
                          how: `putting ${name} into an archive`,
                          attempt: async () => adopt(await makeArchive(image, fill)),
                      },
                  ]),
        ],
        advice:
            `Make the registry of "${configured}" reachable for Docker Engine, or save it elsewhere ` +
            `and put it here: docker save -o ${cachePath(keyOf(image))} ${configured}`,
    });
}

function keyOf({ name, version }: ProgramImage): CacheKey {
    return { tool: name, version, file: `${name}-${version}-${architecture}.tar` };
}

async function findArchive(image: ProgramImage): Promise<Attempt<ConsulImage>> {
    const path = cachePath(keyOf(image));
    return Promise.resolve(existsSync(path) ? adopt(path) : { missed: "none" });
}

/** Links the archive into the project, as settings take a path inside it. */
function adopt(path: string): Attempt<ConsulImage> {
    const link = linkFile(path, join(toolsFolder, "images", basename(path)));
    return { got: { image: relative(projectRoot, link) }, note: basename(path) };
}

async function makeArchive(
    image: ProgramImage,
    fill: (root: string) => Promise<void>,
): Promise<string> {
    const { name, version, entrypoint } = image;
    return cached(keyOf(image), async (into) => {
        const root = await mkdtemp(join(tmpdir(), `consul-machines-${name}-`));
        try {
            await fill(root);
            const tag = `consul-machines/${name}:${version}`;
            const start = { entrypoint: [entrypoint], path: "/usr/bin:/bin" };
            await writeImageArchive(
                { root, ...start, madeBy: "ADD root /", tag, architecture },
                into,
            );
        } finally {
            await rm(root, { recursive: true, force: true });
        }
    });
}

/** Puts the Node that npm carries at a path. */
async function addNode(path: string): Promise<void> {
    const carrier = `node-linux-${process.arch}`;
    const scratch = await mkdtemp(join(tmpdir(), "consul-machines-node-"));
    try {
        await mkdir(join(scratch, "node_modules"));
        const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
        const wanted = `${carrier}@${versions.node.fetched}`;
        const installed = await run("npm", [...words, "--prefix", scratch, wanted], {
            cwd: scratch,
        });
        if (installed.code !== 0) {
            throw new Error(`npm cannot fetch ${wanted}: ${tail(installed)}`);
        }
        await copyFile(join(scratch, "node_modules", carrier, "bin", "node"), path);
        await chmod(path, 0o755);
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}
