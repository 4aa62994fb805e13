import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, readdir, readlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { inScratch } from "../../scripts/system/files.ts";
import { sha256Of } from "./download.ts";

/** A container image that is one folder, as `docker load` takes it. */
export interface FolderImage {
    /** The folder on this computer that becomes the root; everything in it will belong to root. */
    readonly root: string;
    /** The command that it starts. */
    readonly entrypoint: readonly string[];
    /** Where programs are found: for `docker exec` and health checks. */
    readonly path: string;
    /** What the image's history says of its layer. */
    readonly madeBy: string;
    /** The image's name and tag. */
    readonly tag: string;
    /** The processor, as image configurations name it: `amd64`. */
    readonly architecture: string;
}

/**
 * Writes an image archive without Docker. The same folder gives the same bytes on every computer: machines
 * keep an archived image under a tag made from its id, and another id replaces their containers.
 * `docker import` would put the time into it.
 */
export async function writeImageArchive(image: FolderImage, file: string): Promise<void> {
    await inScratch("image", async (scratch) => {
        const layer = join(scratch, "layer.tar");
        await writeTar(image.root, await namesBelow(image.root), layer);
        const config = JSON.stringify(imageConfig(image, await sha256Of(layer)));
        const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
        const manifest = [{ Config: configName, RepoTags: [image.tag], Layers: ["layer.tar"] }];
        await writeFile(join(scratch, "manifest.json"), JSON.stringify(manifest), { mode: 0o644 });
        await writeFile(join(scratch, configName), config, { mode: 0o644 });
        // What describes the image comes first: readers need not go through all of it.
        await writeTar(scratch, ["manifest.json", configName, "layer.tar"], file);
    });
}

/** An image's configuration, for one layer of the given checksum. */
export function imageConfig(image: FolderImage, layerSha256: string): object {
    const { architecture, entrypoint, path, madeBy } = image;
    return {
        architecture,
        os: "linux",
        created: new Date(0).toISOString(),
        config: { Entrypoint: entrypoint, Env: [`PATH=${path}`], WorkingDir: "/" },
        rootfs: { type: "layers", diff_ids: [`sha256:${layerSha256}`] },
        history: [{ created: new Date(0).toISOString(), created_by: madeBy }],
    };
}

/** The same on every computer: no times, no owners. */
const unchanging = { mtime: new Date(0), uid: 0, gid: 0, uname: "root", gname: "root" };

/** Writes these files, folders and links of a folder into a tar archive. */
async function writeTar(folder: string, names: readonly string[], file: string): Promise<void> {
    const tar = pack();
    const add = async () => {
        for (const name of names) {
            const path = join(folder, name);
            const found = await lstat(path);
            const header = { ...unchanging, name, mode: found.mode & 0o7777 };
            if (found.isFile()) {
                const entry = tar.entry({ ...header, size: found.size });
                await pipeline(createReadStream(path), entry);
            } else if (found.isSymbolicLink()) {
                tar.entry({ ...header, type: "symlink", linkname: await readlink(path) });
            } else {
                tar.entry({ ...header, type: "directory" });
            }
        }
        tar.finalize();
    };
    await Promise.all([pipeline(tar, createWriteStream(file)), add()]);
}

/** Paths of all entries below a folder, sorted. */
async function namesBelow(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort();
}
