import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { chooseImages, readImages } from "../../../../program/preflight/agentImages.ts";
import { withImages } from "../../../../program/preflight/checkImages.ts";
import type { ImageSetting } from "../../../../program/settings/imageSettings.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** An archive as `docker save` makes it, of an image for this CPU and of this version. */
async function archiveOf(architecture: string, version?: string): Promise<string> {
    const file = join(await tempFolder(), `consul-${architecture}.tar`);
    const id = architecture.padEnd(64, "0");
    const Labels = version === undefined ? null : { "org.opencontainers.image.version": version };
    const tar = pack();
    tar.entry({ name: `${id}.json` }, JSON.stringify({ architecture, config: { Labels } }));
    const manifest = [{ Config: `${id}.json`, RepoTags: ["consul:local"], Layers: [] }];
    tar.entry({ name: "manifest.json" }, JSON.stringify(manifest));
    tar.finalize();
    await writeFile(file, await buffer(tar));
    return file;
}

async function choose(
    image: ImageSetting,
    cpus: Readonly<Record<string, string>>,
    names = Object.keys(cpus),
) {
    const images = await readImages({ image, imageFlavour: "official" });
    const { ofMachine, problems } = chooseImages(images, names, new Map(Object.entries(cpus)));
    return {
        chosen: Object.fromEntries([...ofMachine].map(([name, one]) => [name, one.image])),
        problems,
    };
}

const three = { a: "amd64", b: "amd64", c: "amd64" };

describe("one image for all machines", () => {
    test.each(["hashicorp/consul:1.22.2", `hashicorp/consul@sha256:${"a".repeat(64)}`])(
        "that is a reference, as %s, is for every CPU",
        async (reference) => {
            const { problems, chosen } = await choose(reference, { a: "amd64", b: "arm64" });
            expect([problems, chosen]).toEqual([[], { a: reference, b: reference }]);
        },
    );

    test("that is an archive for another CPU is refused, naming both and the machines", async () => {
        const file = await archiveOf("arm64");
        const { problems } = await choose(file, three);
        expect(problems).toEqual([
            `image: got "${file}"; it is for arm64, and the machines are amd64 (a, b, c). Name one for amd64; or, for ` +
                "machines of both, a map: image: { amd64: FILE, arm64: FILE }. docs/image.md.",
        ]);
        const mixed = await choose(file, { ...three, a: "arm64", c: "arm64" });
        expect(mixed.problems).toEqual([
            expect.stringContaining("it is for arm64, and the machine is amd64 (b)"),
        ]);
    });

    test("that is an archive for their CPU is theirs, or for one that they run as well", async () => {
        expect((await choose(await archiveOf("amd64"), three)).problems).toEqual([]);
        expect((await choose(await archiveOf("386"), three)).problems).toEqual([]);
        expect((await choose(await archiveOf("arm64"), {}, ["a"])).problems).toEqual([]);
    });
});

describe("an image for each CPU", () => {
    test("is given to the machines that have it", async () => {
        const [amd64, arm64] = [await archiveOf("amd64"), await archiveOf("arm64")];
        const { problems, chosen } = await choose(
            { amd64, arm64 },
            { a: "amd64", b: "arm64", c: "amd64" },
        );
        expect([problems, chosen]).toEqual([[], { a: amd64, b: arm64, c: amd64 }]);
    });

    test("is refused where it is for another one, where it is not there, and where a machine has none", async () => {
        const file = await archiveOf("arm64");
        const wrong = await choose({ amd64: file }, three);
        expect(wrong.problems).toEqual([
            `image.amd64: got "${file}"; its image is for arm64; name one for amd64`,
        ]);
        const missing = await choose({ amd64: "none.tar" }, three);
        expect(missing.problems).toEqual([
            expect.stringMatching(/^image\.amd64: got "none\.tar"; there is no such file/),
        ]);
        const lacking = await choose({ arm64: file }, { a: "arm64", b: "amd64" });
        expect(lacking.problems).toEqual([
            'image: got "arm64"; the machine is amd64 (b): name an image for amd64 as well',
        ]);
    });

    test("of a machine whose CPU nobody tells is that of the others", async () => {
        const [amd64, arm64] = [await archiveOf("amd64"), await archiveOf("arm64")];
        const { problems, chosen } = await choose({ arm64, amd64 }, { a: "amd64" }, ["a", "b"]);
        expect([problems, chosen]).toEqual([[], { a: amd64, b: amd64 }]);
    });
});

test("an archive of Consul's own image tells its version, and a reference by its tag", async () => {
    const image = await archiveOf("amd64", "1.20.6");
    const [read] = await readImages({ image, imageFlavour: "official" });
    expect(read?.version?.text).toBe("1.20.6");
    const [named] = await readImages({
        image: "hashicorp/consul:1.21.5",
        imageFlavour: "official",
    });
    expect(named?.version?.text).toBe("1.21.5");
});

test("nodes are given the images of their machines, and without a map stay as they are", () => {
    const machine = { driver: "virtualbox" } as const;
    const nodes = { servers: [{ name: "a", machine }], clients: [{ name: "b", machine }] };
    const image = { kind: "pulled", reference: "consul:1" } as const;
    expect(withImages(nodes, new Map())).toBe(nodes);
    expect(withImages(nodes, new Map([["a", image]]))).toEqual({
        servers: [{ name: "a", machine, image }],
        clients: [{ name: "b", machine, image: undefined }],
    });
});
