import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { text as readText } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { versionLabel } from "../../scripts/protocol/labels.ts";
import { archiveReference, type AgentImage } from "./agentImage.ts";

/** The image that the setting `image` names, or why it names none. */
export interface ResolvedImage {
    readonly image?: AgentImage;
    readonly problems: readonly string[];
}

/** The list that `docker save` puts into an archive, an entry for each image. */
const manifestSchema = z.array(
    z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish() }),
);

/** Whether a text is the path of an archive: no reference may end so, for a tag has a colon before it. */
export function isArchive(image: string): boolean {
    return /^[^:]*\.(tar|tar\.gz|tgz)$/.test(image);
}

/**
 * The image that a text names: a reference with a tag, which machines pull, or the path of an archive
 * made by `docker save`, relative to the project, which is loaded onto them.
 *
 * @throws pulumi.RunError when the file is missing or is no such archive.
 */
export async function agentImage(image: string): Promise<AgentImage> {
    const { image: resolved, problems } = await resolveImage(image);
    if (resolved === undefined) {
        throw new pulumi.RunError(problems.join("\n"));
    }
    return resolved;
}

/** Resolves the setting `image`; reads an archive's table of contents.
 *
 * @param path what problems call it.
 */
export async function resolveImage(image: string, path = "image"): Promise<ResolvedImage> {
    if (!isArchive(image)) {
        return { image: { kind: "pulled", reference: image }, problems: [] };
    }
    try {
        const { Config, RepoTags } = await readManifest(image);
        const source = RepoTags?.[0];
        if (source === undefined) {
            throw new Error("its image has no tag; save it by its tag, not by its id");
        }
        // The configuration's digest is the image's identity: it covers every layer.
        const id = Config.replace(/^blobs\/sha256\//, "").replace(/\.json$/, "");
        const reference = archiveReference(id);
        return { image: { kind: "archive", archive: image, source, reference }, problems: [] };
    } catch (error) {
        return { problems: [`${path}: got "${image}"; ${why(error)}`] };
    }
}

function why(error: unknown): string {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const message = error instanceof Error ? error.message : String(error);
    return isMissing
        ? "there is no such file. Make it with `docker save -o FILE IMAGE:TAG`, or name an image to pull."
        : `it is not an archive made by \`docker save\`: ${message}`;
}

/** The part of an image's configuration that tells what it is. */
const configSchema = z.object({
    architecture: z.string().optional().catch(undefined),
    config: z
        .object({ Labels: z.record(z.string(), z.string()).nullish() })
        .optional()
        .catch(undefined),
});

/** What an archive tells of its image. */
export interface ArchiveFacts {
    /** The CPU that it is for, as Docker calls it: `amd64`. */
    readonly architecture?: string | undefined;
    /** Its version, as Consul's own image tells it. */
    readonly version?: string | undefined;
}

/** What an archive tells of its image; nothing where it does not tell, or is none. */
export async function archiveFacts(archive: string): Promise<ArchiveFacts> {
    try {
        const { Config } = await readManifest(archive);
        const text = await readEntry(archive, Config);
        const { data } = configSchema.safeParse(JSON.parse(text ?? "{}"));
        return {
            architecture: data?.architecture,
            version: data?.config?.Labels?.[versionLabel],
        };
    } catch {
        return {};
    }
}

/** The CPU that an archive's image is for; undefined where it does not tell. */
export async function archiveArchitecture(archive: string): Promise<string | undefined> {
    return (await archiveFacts(archive)).architecture;
}

async function readManifest(archive: string) {
    const text = await readEntry(archive, manifestName);
    if (text === undefined) {
        throw new Error("it has no manifest.json");
    }
    const { data: images } = manifestSchema.safeParse(JSON.parse(text));
    if (images === undefined) {
        throw new Error("its manifest.json is no list of images");
    }
    if (images.length !== 1 || images[0] === undefined) {
        throw new Error(`it holds ${images.length} images, not one`);
    }
    return images[0];
}

const manifestName = "manifest.json";

/** Bytes of a tar's block: a header is one, and a file fills whole ones. */
const block = 512;

/** Reads a small file of an archive; undefined where it has none of that name. */
function readEntry(archive: string, name: string): Promise<string | undefined> {
    return archive.endsWith("gz") ? unpackEntry(archive, name) : findEntry(archive, name);
}

/** Finds a file of an archive by going from header to header, past the layers: every preview
 * needs the manifest, and reading some hundred megabytes would take longer than the rest of the preview. */
async function findEntry(archive: string, name: string): Promise<string | undefined> {
    const file = await open(archive);
    try {
        const { size: end } = await file.stat();
        const header = Buffer.alloc(block);
        let text: string | undefined;
        let at = 0;
        while (at === 0 || at + block <= end) {
            await file.read(header, 0, block, at);
            const size = sizeIn(header);
            if (nameIn(header) === name) {
                const content = Buffer.alloc(size);
                await file.read(content, 0, size, at + block);
                text = content.toString();
            }
            at += block + Math.ceil(size / block) * block;
        }
        if (at > end) {
            throw new Error("it ends in the middle of a file");
        }
        return text;
    } finally {
        await file.close();
    }
}

function nameIn(header: Buffer): string {
    return header.toString("latin1", 0, 100).replace(/\0.*$/s, "");
}

/** The size of what follows a header: octal digits or, with the first bit set, a binary number. */
function sizeIn(header: Buffer): number {
    if (header.toString("latin1", 257, 262) !== "ustar" && !header.every((byte) => byte === 0)) {
        throw new Error("it is no tar archive");
    }
    const isBinary = ((header[124] ?? 0) & 0x80) !== 0;
    const digits = header.toString("latin1", 124, 136).replace(/[\0 ]+$/, "");
    return isBinary ? Number(header.readBigUInt64BE(128)) : Number.parseInt(digits || "0", 8);
}

/** Reads a file of a packed archive, which has to be unpacked up to there. */
async function unpackEntry(archive: string, wanted: string): Promise<string | undefined> {
    // Loaded here alone: few archives are packed.
    const { extract } = await import("tar-stream");
    const unpack = extract();
    let text: string | undefined;
    unpack.on("entry", (header, stream, next) => {
        if (header.name === wanted) {
            void readText(stream).then((read) => {
                text = read;
                next();
            });
        } else {
            stream.on("end", next);
            stream.resume();
        }
    });
    await pipeline(createReadStream(archive, { highWaterMark: 1 << 20 }), createGunzip(), unpack);
    return text;
}
