import { createWriteStream } from "node:fs";
import { mkdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { archiveArchitecture, resolveImage } from "../../../../components/agent/imageArchive.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const id = "0123456789abcdef".repeat(4);

/** Writes an archive with a manifest, as `docker save` does. */
async function archive(name: string, manifest: unknown, config?: string): Promise<string> {
    const file = join(await tempFolder(), name);
    const tar = pack();
    if (config !== undefined) {
        tar.entry({ name: `blobs/sha256/${id}` }, config);
    }
    tar.entry({ name: "blobs/sha256/layer" }, "a layer");
    if (manifest !== undefined) {
        const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
        tar.entry({ name: "manifest.json" }, text);
    }
    tar.entry({ name: "oci-layout" }, "{}");
    tar.finalize();
    const target = createWriteStream(file);
    await (name.endsWith("gz") ? pipeline(tar, createGzip(), target) : pipeline(tar, target));
    return file;
}

const entry = { Config: `blobs/sha256/${id}`, RepoTags: ["consul:local", "consul:other"] };

test("a reference means an image that is pulled", async () => {
    expect(await resolveImage("hashicorp/consul:1.22.2")).toEqual({
        image: { kind: "pulled", reference: "hashicorp/consul:1.22.2" },
        problems: [],
    });
});

test.each([
    ["consul.tar", `blobs/sha256/${id}`],
    ["consul.tar", `${id}.json`],
    ["consul.tar.gz", `blobs/sha256/${id}`],
    ["consul.tgz", `blobs/sha256/${id}`],
])("%s with the configuration %s is an archive, tagged by its image's id", async (name, Config) => {
    const file = await archive(name, [{ ...entry, Config }]);
    expect(await resolveImage(file)).toEqual({
        image: {
            kind: "archive",
            archive: file,
            source: "consul:local",
            reference: "consul-machines/agent:0123456789abcdef",
        },
        problems: [],
    });
});

test.each([
    ["consul.tar", '{"architecture":"arm64","os":"linux"}', "arm64"],
    ["consul.tgz", '{"architecture":"amd64"}', "amd64"],
    ["consul.tar", "{}", undefined],
    ["consul.tar", "no JSON", undefined],
    ["consul.tar", undefined, undefined],
])("%s with the configuration %j is for the CPU %s", async (name, config, architecture) => {
    const file = await archive(name, [entry], config);
    expect(await archiveArchitecture(file)).toBe(architecture);
    expect(await archiveArchitecture("/nowhere/consul.tar")).toBeUndefined();
});

test("an archive that is not there is told with how to make one", async () => {
    expect(await resolveImage("/nowhere/consul.tar")).toEqual({
        problems: [
            'image: got "/nowhere/consul.tar"; there is no such file. Make it with `docker save ' +
                "-o FILE IMAGE:TAG`, or name an image to pull.",
        ],
    });
});

test.each<[string, unknown, string]>([
    ["without a manifest", undefined, "it has no manifest.json"],
    ["of two images", [entry, entry], "it holds 2 images, not one"],
    ["of no image", [], "it holds 0 images, not one"],
    [
        "of an image without a tag",
        [{ ...entry, RepoTags: null }],
        "its image has no tag; save it by its tag, not by its id",
    ],
    ["with another kind of manifest", { images: 1 }, "its manifest.json is no list of images"],
    ["with a manifest of nothing", [null], "its manifest.json is no list of images"],
])("an archive %s is refused", async (_, manifest, why) => {
    const file = await archive("consul.tar", manifest);
    expect(await resolveImage(file)).toEqual({
        problems: [`image: got "${file}"; it is not an archive made by \`docker save\`: ${why}`],
    });
});

test("an archive that was cut short is refused", async () => {
    const file = await archive("consul.tar", [entry]);
    // In the middle of the last file, behind the manifest.
    await truncate(file, (await stat(file)).size - 1024 - 300);
    const { image, problems } = await resolveImage(file);
    expect(image).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining("it ends in the middle of a file")]);
});

test("a manifest that is spoilt is refused", async () => {
    const file = await archive("consul.tar", "[{");
    const { image, problems } = await resolveImage(file);
    expect(image).toBeUndefined();
    expect(problems).toEqual([
        expect.stringMatching(
            /^image: got ".+"; it is not an archive made by `docker save`: .*JSON/,
        ),
    ]);
});

test.each([
    ["a text", "consul.tar", "it is no tar archive"],
    ["a text that calls itself packed", "consul.tgz", "incorrect header check"],
])("%s is no archive", async (_, name, why) => {
    const file = join(await tempFolder(), name);
    await writeFile(file, "hello");
    expect(await resolveImage(file)).toEqual({
        problems: [`image: got "${file}"; it is not an archive made by \`docker save\`: ${why}`],
    });
});

test("a folder is no archive", async () => {
    const folder = join(await tempFolder(), "consul.tar");
    await mkdir(folder);
    expect(await resolveImage(folder)).toEqual({
        problems: [
            `image: got "${folder}"; it is not an archive made by \`docker save\`: EISDIR: illegal ` +
                "operation on a directory, read",
        ],
    });
});
