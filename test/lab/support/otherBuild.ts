import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-stream";

/** What `docker save` lists of an image. */
interface Manifest {
    readonly Config: string;
    readonly RepoTags: readonly string[];
    readonly Layers: readonly string[];
}

/** An image's configuration, as far as it is changed here. */
interface ImageConfig {
    readonly config: { readonly Labels?: Readonly<Record<string, string>> | null };
}

/** Writes another build of the image in an archive: one with the same files and another id, as a new version has. */
export async function writeOtherBuild(archive: string, to: string): Promise<void> {
    const texts = await describingFiles(archive);
    const read = (name: string): unknown => JSON.parse(texts.get(name) ?? "null");
    const [listed] = read("manifest.json") as readonly Manifest[];
    if (listed === undefined) {
        throw new Error(`${archive}: it holds no image.`);
    }
    const described = read(listed.Config) as ImageConfig;
    const Labels = { ...described.config.Labels, build: "other" };
    const config = JSON.stringify({ ...described, config: { ...described.config, Labels } });
    const name = `${createHash("sha256").update(config).digest("hex")}.json`;
    const replaced = new Map([
        [listed.Config, { name, text: config }],
        [
            "manifest.json",
            { name: "manifest.json", text: JSON.stringify([{ ...listed, Config: name }]) },
        ],
    ]);
    const packed = pack();
    const source = extract();
    source.on("entry", (header, stream, next) => {
        const other = replaced.get(header.name);
        if (other === undefined) {
            stream.pipe(packed.entry(header, next));
        } else {
            stream.resume();
            packed.entry({ name: other.name }, other.text, next);
        }
    });
    source.once("finish", () => {
        packed.finalize();
    });
    await Promise.all([
        pipeline(createReadStream(archive), source),
        pipeline(packed, createWriteStream(to)),
    ]);
}

/** The files of an archive that describe its image. */
async function describingFiles(archive: string): Promise<Map<string, string>> {
    const texts = new Map<string, string>();
    const source = extract();
    source.on("entry", (header, stream, next) => {
        if (!header.name.endsWith(".json")) {
            stream.once("end", next).resume();
            return;
        }
        buffer(stream).then((bytes) => {
            texts.set(header.name, bytes.toString("utf8"));
            next();
        }, next);
    });
    await pipeline(createReadStream(archive), source);
    return texts;
}
