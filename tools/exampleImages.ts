import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { cachePath, cached, type CacheKey } from "./cache.ts";
import type { ConsulImage } from "./consulImage.ts";
import { unpackDebian } from "./debianPackages.ts";
import { engine } from "./dockerEngine.ts";
import { goArch } from "./goModule.ts";
import { writeTreeArchive } from "./imageArchive.ts";
import { linkFile } from "./link.ts";
import { messageOf, type Attempt, type Tool } from "./obtain.ts";
import { projectRoot, toolsFolder } from "./paths.ts";
import { run, tail } from "./run.ts";
import { versions } from "./versions.ts";

/** An image of another program than Consul, which an example runs. */
interface ExampleImage {
    /** What it is called, here and in the cache. */
    readonly name: string;
    /** Where it is pulled from, where a registry can be reached. */
    readonly reference: string;
    /** The version of what is made here in its place. */
    readonly version: string;
    /** The program that it starts. */
    readonly entrypoint: string;
    /** Fills a folder with the image's files. */
    readonly fill?: (root: string) => Promise<void>;
}

const architecture = goArch();

/** How long a registry may take to say whether it has an image. */
const registryWithinMs = 20_000;

/** Every image that an example runs besides Consul's, by name. */
export const exampleImages = {
    redis: {
        name: "redis",
        reference: "redis:7.4-alpine",
        version: "debian",
        entrypoint: "/usr/bin/redis-server",
        fill: async (root) => {
            await unpackDebian(["redis-tools"], root);
            // One program of three names; the package that has this one would bring users and Perl.
            await symlink("redis-check-rdb", join(root, "usr/bin/redis-server"));
        },
    },
    node: {
        name: "node",
        reference: "node:24-slim",
        version: versions.node.fetched,
        entrypoint: "/usr/bin/node",
        fill: async (root) => {
            await unpackDebian(["libc6", "libstdc++6", "libgcc-s1"], root);
            await addNode(join(root, "usr/bin/node"));
        },
    },
    // Its module is in no module proxy, so here it is pulled, or put into the cache by hand.
    registrator: {
        name: "registrator",
        reference: "gliderlabs/registrator:v7",
        version: "7.4.0",
        entrypoint: "/bin/registrator",
    },
} as const satisfies Readonly<Record<string, ExampleImage>>;

/** The name of an image that an example runs besides Consul's. */
export type ExampleImageName = keyof typeof exampleImages;

/** The image: pulled where that works, else an archive made here from what can be had. */
export function exampleImageTool(name: ExampleImageName): Tool<ConsulImage> {
    const image: ExampleImage = exampleImages[name];
    const { fill, reference } = image;
    return {
        name: `${name} image`,
        ways: [
            { kind: "find", how: reference, attempt: () => findPullable(reference) },
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
            `Make the registry of "${reference}" reachable for Docker Engine, or save it elsewhere ` +
            `and put it here: docker save -o ${cachePath(keyOf(image))} ${reference}`,
    };
}

function keyOf({ name, version }: ExampleImage): CacheKey {
    return { tool: name, version, file: `${name}-${version}-${architecture}.tar` };
}

async function findPullable(reference: string): Promise<Attempt<ConsulImage>> {
    try {
        await engine.ask(`/distribution/${reference}/json`, { timeout: registryWithinMs });
        return { got: { image: reference }, note: `${reference} can be pulled` };
    } catch (error) {
        return { missed: messageOf(error) };
    }
}

async function findArchive(image: ExampleImage): Promise<Attempt<ConsulImage>> {
    const path = cachePath(keyOf(image));
    return Promise.resolve(existsSync(path) ? adopt(path) : { missed: "none" });
}

/** Links the archive into the project, as settings take a path inside it. */
function adopt(path: string): Attempt<ConsulImage> {
    const link = linkFile(path, join(toolsFolder, "images", basename(path)));
    return { got: { image: relative(projectRoot, link) }, note: basename(path) };
}

async function makeArchive(
    image: ExampleImage,
    fill: (root: string) => Promise<void>,
): Promise<string> {
    const { name, version, entrypoint } = image;
    return cached(keyOf(image), async (into) => {
        const root = await mkdtemp(join(tmpdir(), `consul-machines-${name}-`));
        try {
            await fill(root);
            const tag = `consul-machines/${name}:${version}`;
            await writeTreeArchive({ root, entrypoint: [entrypoint], tag, architecture }, into);
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
