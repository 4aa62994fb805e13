import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import { extract } from "tar-stream";
import { describeError } from "../scripts/progress.ts";
import { archiveReference, type AgentImage } from "./agentImage.ts";

/** The image that a setting means, or why it means none. */
export interface ResolvedImage {
    readonly image?: AgentImage;
    readonly problems: readonly string[];
}

/** One entry of the list that `docker save` puts into an archive. */
interface ManifestEntry {
    readonly Config: string;
    readonly RepoTags: readonly string[] | null;
}

/** An archive is told by its name: no reference may end so, for a tag has a colon before it. */
export function isArchive(image: string): boolean {
    return /^[^:]*\.(tar|tar\.gz|tgz)$/.test(image);
}

/**
 * The image that a text means: a reference with a tag, which machines pull, or the path of an
 * archive made by `docker save`, relative to the project, which is loaded onto them.
 *
 * @throws pulumi.RunError when it is the path of something that is no such archive.
 */
export async function agentImage(image: string): Promise<AgentImage> {
    const { image: resolved, problems } = await resolveImage(image);
    if (resolved === undefined) {
        throw new pulumi.RunError(problems.join("\n"));
    }
    return resolved;
}

/** Finds out what the setting `image` means; reads an archive's table of contents. */
export async function resolveImage(image: string): Promise<ResolvedImage> {
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
        return { problems: [`image: got "${image}"; ${why(error)}`] };
    }
}

function why(error: unknown): string {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing
        ? "there is no such file. Make it with `docker save -o FILE IMAGE:TAG`, or name an image to pull."
        : `it is not an archive made by \`docker save\`: ${describeError(error)}`;
}

async function readManifest(archive: string): Promise<ManifestEntry> {
    const unpack = extract();
    const chunks: Buffer[] = [];
    unpack.on("entry", (header, stream, next) => {
        stream.on("end", next);
        if (header.name === "manifest.json") {
            stream.on("data", (chunk) => chunks.push(chunk as Buffer));
        } else {
            stream.resume();
        }
    });
    const file = createReadStream(archive, { highWaterMark: 1 << 20 });
    const isPacked = archive.endsWith("gz");
    await (isPacked ? pipeline(file, createGunzip(), unpack) : pipeline(file, unpack));
    if (chunks.length === 0) {
        throw new Error("it has no manifest.json");
    }
    const images: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (!Array.isArray(images) || !images.every(isManifestEntry)) {
        throw new Error("its manifest.json is no list of images");
    }
    if (images.length !== 1 || images[0] === undefined) {
        throw new Error(`it holds ${images.length} images, not one`);
    }
    return images[0];
}

function isManifestEntry(value: unknown): value is ManifestEntry {
    return (
        typeof value === "object" &&
        value !== null &&
        typeof Reflect.get(value, "Config") === "string"
    );
}
