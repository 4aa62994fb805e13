import { chmod, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { describeError } from "../../scripts/system/progress.ts";
import { inScratch } from "../../scripts/system/files.ts";
import { cachePath, cached, linkFile, type CacheKey } from "./cache.ts";
import { engine, isUnreachable, unreachableReason } from "./dockerEngine.ts";
import { buildGoProgram, goArch, goObstacle, type GoProgram } from "./goModule.ts";
import { writeImageArchive, type FolderImage } from "./imageTarball.ts";
import type { Attempt, Tool, Way } from "./obtain.ts";
import { projectRoot, toolsFolder } from "./paths.ts";
import { registryObstacle } from "./reach.ts";
import { versions } from "./versions.ts";

/** An image, as a setting names it: a reference to pull, or an archive's path. */
export interface ConsulImage {
    readonly image: string;
}

/** An image that comes from its registry, or else from an archive in the cache. */
export interface ImageRecipe {
    /** As people call it, in front of "image". */
    readonly title: string;
    /** Its name in the cache. */
    readonly name: string;
    /** The version of the archive. */
    readonly version: string;
    /** What the archive holds, shown when it is used. @default its file name */
    readonly note?: string;
    /** How the archive is made. @default it is not made here */
    readonly build?: Omit<FolderImage, "root" | "architecture"> & {
        /** What is done, shown before it is. */
        readonly how: string;
        /** Roughly how many seconds it takes on two cores, with empty caches. */
        readonly seconds: number;
        /** Why it cannot be made here, found out within seconds. */
        readonly obstacle: () => Promise<string | undefined>;
        /** Fills a folder with the image's files. */
        readonly fill: (root: string) => Promise<void>;
    };
    /** What a person can do besides making the registry reachable. */
    readonly advice: (configured: string, archive: string) => string;
}

const architecture = goArch();
const { module, tag } = versions.consul;

/** How long a registry may take to say whether it has an image. */
const registryWithinMs = 10_000;

/** Consul, as a program for containers on this computer. */
const consul: GoProgram = {
    folder: "cli/tools/go/consul",
    package: "github.com/hashicorp/consul",
    platform: { os: "linux", arch: architecture },
};

/**
 * The image that the stack's nodes run: the configured one where it can be pulled, else an archive
 * with the same Consul built from its Go module.
 */
export const consulImageTool = imageTool({
    title: "Consul",
    name: "consul",
    version: module,
    note: `${tag}, built from its Go module`,
    build: {
        how: `building Consul ${module} from its Go module`,
        seconds: 270,
        obstacle: () => goObstacle(consul),
        entrypoint: ["/bin/consul"],
        path: "/bin",
        madeBy: "COPY consul /bin/",
        tag,
        fill: async (root) => {
            await mkdir(join(root, "bin"), { mode: 0o755 });
            // Consul writes its snapshots here before it moves them.
            await mkdir(join(root, "tmp"));
            await chmod(join(root, "tmp"), 0o1777);
            const program = join(root, "bin", "consul");
            await buildGoProgram(consul, program);
            await chmod(program, 0o755);
        },
    },
    advice: () =>
        "put the path of an archive made by `docker save` into the setting consul-machines:image, " +
        "or install Go, and try again.",
});

/** The tool that a recipe describes, for the image that a setting asks for. */
export function imageTool(recipe: ImageRecipe): (configured: string) => Tool<ConsulImage> {
    const { title, name, version, build, advice } = recipe;
    const key: CacheKey = { tool: name, version, file: `${name}-${version}-${architecture}.tar` };
    /** Links the archive into the project, as settings take a path inside it. */
    const adopt = (path: string): Attempt<ConsulImage> => {
        const link = linkFile(path, join(toolsFolder, "images", basename(path)));
        return {
            got: { image: relative(projectRoot, link) },
            note: recipe.note ?? basename(path),
        };
    };
    // The cache never holds an incomplete file, so that it exists is enough.
    const findArchive = (): Attempt<ConsulImage> =>
        existsSync(cachePath(key)) ? adopt(cachePath(key)) : { missed: "none" };
    const make = ({ fill, ...image }: NonNullable<typeof build>) =>
        cached(key, (into) =>
            inScratch(name, async (root) => {
                await fill(root);
                await writeImageArchive({ root, architecture, ...image }, into);
            }),
        );
    const archive: Way<ConsulImage> = {
        kind: "find",
        how: "archive made before",
        attempt: () => Promise.resolve(findArchive()),
    };
    const built: Way<ConsulImage>[] =
        build === undefined
            ? []
            : [{ ...build, kind: "build", attempt: async () => adopt(await make(build)) }];
    return (configured) => ({
        name: `${title} image`,
        ways: [
            { kind: "find", how: "as configured", attempt: () => findConfigured(configured) },
            archive,
            ...built,
        ],
        advice:
            `Make the registry of "${configured}" reachable for Docker Engine, or ` +
            advice(configured, cachePath(key)),
    });
}

/** An image as a setting names it: an archive that exists, or a reference that its registry has. */
async function findConfigured(configured: string): Promise<Attempt<ConsulImage>> {
    if (configured.endsWith(".tar")) {
        return existsSync(resolve(projectRoot, configured))
            ? { got: { image: configured }, note: configured }
            : { missed: `there is no ${configured}` };
    }
    // The engine asks the registry itself, through whatever mirror or proxy it has been given.
    try {
        await engine.ask(`/distribution/${configured}/json`, { timeout: registryWithinMs });
        return { got: { image: configured }, note: `${configured} can be pulled` };
    } catch (error) {
        if (!isUnreachable(error)) {
            return { missed: describeError(error) };
        }
        const obstacle = await registryObstacle(configured);
        return obstacle === undefined
            ? { missed: `Docker Engine: ${unreachableReason(error)}`, later: true }
            : { missed: obstacle };
    }
}
