import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
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

/** Writes an image archive without Docker: two tar files and two JSON files are all there is. */
export async function writeImageArchive(image: ProgramImage, path: string): Promise<void> {
    const layer = `${path}.layer`;
    try {
        await writeTar(layer, async (tar) => {
            await addFolder(tar, "bin", 0o755);
            await addFile(tar, `bin/${image.name}`, 0o755, image.program);
            // Consul makes its snapshots here before it moves them.
            await addFolder(tar, "tmp", 0o1777);
        });
        const config = JSON.stringify(imageConfig(image, await sha256Of(layer)));
        const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
        const manifest = [{ Config: configName, RepoTags: [image.tag], Layers: ["layer.tar"] }];
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
    return {
        architecture,
        os: "linux",
        created: new Date(0).toISOString(),
        // PATH so that `docker exec` and health checks find the program by its name.
        config: { Entrypoint: [`/bin/${name}`], Env: ["PATH=/bin"], WorkingDir: "/" },
        rootfs: { type: "layers", diff_ids: [`sha256:${layerSha256}`] },
        history: [{ created: new Date(0).toISOString(), created_by: `COPY ${name} /bin/` }],
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

/** The checksum of a file, read piece by piece. */
export async function sha256Of(path: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
}
