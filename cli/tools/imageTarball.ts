import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, readdir, readlink, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack, type Header, type Pack } from "tar-stream";

/** A container image that is one static program, as `docker load` takes it. */
export interface ProgramImage {
    /** The program on this computer. */
    readonly program: string;
    /** Its name inside, under /bin; it is the entry point. */
    readonly name: string;
    /** The image's name and tag. */
    readonly tag: string;
    /** The processor, as image configurations name it: `amd64`. */
    readonly architecture: string;
}

/** The same input gives the same bytes, so the archive's checksum says whether an image changed. */
const unchanging = { mtime: new Date(0), uid: 0, gid: 0, uname: "root", gname: "root" };

/** A container image that is a folder, as `docker load` takes it. */
export interface TreeImage {
    /** The folder on this computer that becomes the root. */
    readonly root: string;
    /** What is started, as words. */
    readonly entrypoint: readonly string[];
    /** The image's name and tag. */
    readonly tag: string;
    /** The processor, as image configurations name it: `amd64`. */
    readonly architecture: string;
}

/** Writes an image archive without Docker: two tar files and two JSON files are all there is. */
export async function writeImageArchive(image: ProgramImage, path: string): Promise<void> {
    const fill = async (tar: Pack) => {
        await addFolder(tar, "bin", 0o755);
        await addFile(tar, `bin/${image.name}`, 0o755, image.program);
        // Consul makes its snapshots here before it moves them.
        await addFolder(tar, "tmp", 0o1777);
    };
    await writeArchive(image.tag, fill, (sha256) => imageConfig(image, sha256), path);
}

/** Writes an image archive of a folder; everything in it belongs to root. */
export async function writeTreeArchive(image: TreeImage, path: string): Promise<void> {
    const { tag, root, entrypoint, architecture } = image;
    const config = { Entrypoint: entrypoint, Env: ["PATH=/usr/bin:/bin"], WorkingDir: "/" };
    await writeArchive(
        tag,
        (tar) => addTree(tar, root),
        (sha256) => configuration(architecture, config, sha256, "ADD root /"),
        path,
    );
}

async function writeArchive(
    tag: string,
    fill: (tar: Pack) => Promise<void>,
    describe: (layerSha256: string) => object,
    path: string,
): Promise<void> {
    const layer = `${path}.layer`;
    try {
        await writeTar(layer, fill);
        const config = JSON.stringify(describe(await sha256Of(layer)));
        const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
        const manifest = [{ Config: configName, RepoTags: [tag], Layers: ["layer.tar"] }];
        await writeTar(path, async (tar) => {
            // What describes the image comes first: readers need not go through all of it.
            await addText(tar, "manifest.json", JSON.stringify(manifest));
            await addText(tar, configName, config);
            await addFile(tar, "layer.tar", 0o644, layer);
        });
    } finally {
        await rm(layer, { force: true });
    }
}

/** An image's configuration, for one layer of the given checksum. */
export function imageConfig({ name, architecture }: ProgramImage, layerSha256: string): object {
    // PATH so that `docker exec` and health checks find the program by its name.
    const config = { Entrypoint: [`/bin/${name}`], Env: ["PATH=/bin"], WorkingDir: "/" };
    return configuration(architecture, config, layerSha256, `COPY ${name} /bin/`);
}

function configuration(architecture: string, config: object, sha256: string, by: string): object {
    return {
        architecture,
        os: "linux",
        created: new Date(0).toISOString(),
        config,
        rootfs: { type: "layers", diff_ids: [`sha256:${sha256}`] },
        history: [{ created: new Date(0).toISOString(), created_by: by }],
    };
}

async function writeTar(path: string, fill: (tar: Pack) => Promise<void>): Promise<void> {
    const tar = pack();
    const written = pipeline(tar, createWriteStream(path));
    await Promise.all([
        written,
        fill(tar).then(() => {
            tar.finalize();
        }),
    ]);
}

async function addFolder(tar: Pack, name: string, mode: number): Promise<void> {
    await addEntry(tar, { name, mode, type: "directory" });
}

async function addText(tar: Pack, name: string, text: string): Promise<void> {
    await addEntry(tar, { name, mode: 0o644 }, text);
}

async function addEntry(
    tar: Pack,
    header: Pick<Header, "name" | "mode"> & Partial<Header>,
    text = "",
): Promise<void> {
    return new Promise((resolve, reject) => {
        tar.entry({ ...unchanging, ...header }, text, (error) => {
            if (error) {
                reject(error);
            } else {
                resolve();
            }
        });
    });
}

async function addFile(tar: Pack, name: string, mode: number, from: string): Promise<void> {
    const { size } = await stat(from);
    const entry = tar.entry({ ...unchanging, name, mode, size });
    await pipeline(createReadStream(from), entry);
}

/** Adds all of a folder, sorted; of other kinds than files, folders and links there are none. */
async function addTree(tar: Pack, root: string): Promise<void> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const paths = entries.map((entry) => relative(root, join(entry.parentPath, entry.name)));
    for (const name of paths.sort()) {
        const path = join(root, name);
        const found = await lstat(path);
        const mode = found.mode & 0o7777;
        if (found.isDirectory()) {
            await addFolder(tar, name, mode);
        } else if (found.isSymbolicLink()) {
            await addEntry(tar, { name, mode, type: "symlink", linkname: await readlink(path) });
        } else {
            await addFile(tar, name, mode, path);
        }
    }
}

/** The checksum of a file, read piece by piece. */
export async function sha256Of(path: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
}
