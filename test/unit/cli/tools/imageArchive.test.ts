import { createHash } from "node:crypto";
import {
    chmodSync,
    createReadStream,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { sha256Of } from "../../../../cli/tools/download.ts";
import { imageConfig, writeImageArchive } from "../../../../cli/tools/imageTarball.ts";

const folder = mkdtempSync(join(tmpdir(), "archive-"));
const root = mkdtempSync(join(tmpdir(), "root-"));
mkdirSync(join(root, "bin"), { mode: 0o755 });
mkdirSync(join(root, "tmp"));
chmodSync(join(root, "tmp"), 0o1777);
const program = join(root, "bin", "consul");
writeFileSync(program, "#!ELF, as it were", { mode: 0o755 });
const image = {
    root,
    entrypoint: ["/bin/consul"],
    path: "/bin",
    madeBy: "COPY consul /bin/",
    tag: "me/consul:1.2.3",
    architecture: "arm64",
};

interface Entry {
    readonly name: string;
    readonly type: string;
    readonly mode: number;
    readonly content: Buffer;
}

async function entriesOf(tar: Readable): Promise<Entry[]> {
    const unpack = extract();
    tar.pipe(unpack);
    const entries: Entry[] = [];
    for await (const entry of unpack) {
        const { name, type, mode } = entry.header;
        entries.push({ name, type, mode, content: await buffer(entry as AsyncIterable<Buffer>) });
    }
    return entries;
}

describe("writeImageArchive", () => {
    it("writes what docker load takes, the description before the layer", async () => {
        const path = join(folder, "image.tar");
        await writeImageArchive(image, path);
        const [manifest, config, layer, ...rest] = await entriesOf(createReadStream(path));
        expect(rest).toEqual([]);
        expect(manifest?.name).toBe("manifest.json");
        expect(JSON.parse(String(manifest?.content))).toEqual([
            { Config: config?.name, RepoTags: ["me/consul:1.2.3"], Layers: ["layer.tar"] },
        ]);
        const content = config?.content ?? Buffer.of();
        expect(config?.name).toBe(`${createHash("sha256").update(content).digest("hex")}.json`);
        const layerSha256 = createHash("sha256")
            .update(layer?.content ?? "")
            .digest("hex");
        expect(JSON.parse(String(content))).toEqual(imageConfig(image, layerSha256));
        expect(layer?.name).toBe("layer.tar");
    });

    it("puts what is in the folder into the layer, with its modes and in one order", async () => {
        const path = join(folder, "layers.tar");
        await writeImageArchive(image, path);
        const layer = (await entriesOf(createReadStream(path)))[2];
        const files = await entriesOf(Readable.from([layer?.content ?? Buffer.of()]));
        expect(files.map(({ name, type, mode }) => [name, type, mode])).toEqual([
            ["bin", "directory", 0o755],
            ["bin/consul", "file", 0o755],
            ["tmp", "directory", 0o1777],
        ]);
        expect(files[1]?.content).toEqual(readFileSync(program));
    });

    it("writes the same bytes for the same program, and leaves nothing else", async () => {
        const [one, two] = [join(folder, "one.tar"), join(folder, "two.tar")];
        await writeImageArchive(image, one);
        await new Promise((resolve) => setTimeout(resolve, 1100));
        await writeImageArchive(image, two);
        expect(await sha256Of(one)).toBe(await sha256Of(two));
        expect(
            readdirSync(tmpdir()).filter((name) => name.startsWith("consul-machines-image-")),
        ).toEqual([]);
    });
});

describe("writeImageArchive of a tree", () => {
    it("puts all of a folder into the layer, links as links, and starts the given command", async () => {
        const root = mkdtempSync(join(tmpdir(), "tree-"));
        mkdirSync(join(root, "usr/bin"), { recursive: true, mode: 0o755 });
        writeFileSync(join(root, "usr/bin/program"), "#!", { mode: 0o755 });
        symlinkSync("usr/bin", join(root, "bin"));
        const path = join(folder, "tree.tar");
        const entrypoint = ["/bin/program", "-x"];
        const about = { path: "/usr/bin:/bin", madeBy: "ADD root /", tag: "me/tree:1" };
        await writeImageArchive({ root, entrypoint, ...about, architecture: "amd64" }, path);
        const [manifest, config, layer] = await entriesOf(createReadStream(path));
        expect(String(manifest?.content)).toContain('"me/tree:1"');
        expect(JSON.parse(String(config?.content))).toMatchObject({
            architecture: "amd64",
            config: { Entrypoint: entrypoint, Env: ["PATH=/usr/bin:/bin"] },
        });
        const files = await entriesOf(Readable.from([layer?.content ?? Buffer.of()]));
        expect(files.map(({ name, type, mode }) => [name, type, mode])).toEqual([
            ["bin", "symlink", 0o777],
            ["usr", "directory", 0o755],
            ["usr/bin", "directory", 0o755],
            ["usr/bin/program", "file", 0o755],
        ]);
        expect(String(files[3]?.content)).toBe("#!");
    });
});

describe("imageConfig", () => {
    it("starts the program, finds it by its name, and keeps no anonymous volume", () => {
        expect(imageConfig(image, "abc")).toEqual({
            architecture: "arm64",
            os: "linux",
            created: "1970-01-01T00:00:00.000Z",
            config: { Entrypoint: ["/bin/consul"], Env: ["PATH=/bin"], WorkingDir: "/" },
            rootfs: { type: "layers", diff_ids: ["sha256:abc"] },
            history: [{ created: "1970-01-01T00:00:00.000Z", created_by: "COPY consul /bin/" }],
        });
    });
});
