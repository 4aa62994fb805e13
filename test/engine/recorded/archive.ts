import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { agentImage, type AgentImage } from "../../../components/index.ts";

/**
 * The image that a setting means. An archive is made for it, the same one each time, and elsewhere:
 * its content names the image, and its path as the setting has it is what a state keeps.
 */
export async function imageOf(setting: string): Promise<AgentImage> {
    if (!setting.endsWith(".tar")) {
        return agentImage(setting);
    }
    const folder = await mkdtemp(join(tmpdir(), "consul-machines-recorded-"));
    try {
        const file = join(folder, "image.tar");
        await writeArchive(file);
        const image = await agentImage(file);
        return image.kind === "archive" ? { ...image, archive: setting } : image;
    } finally {
        await rm(folder, { recursive: true });
    }
}

/** Writes what `docker save progrium/consul` does, without any layer. */
async function writeArchive(file: string): Promise<void> {
    const manifest = [
        {
            Config: `${"0123456789abcdef".repeat(4)}.json`,
            RepoTags: ["progrium/consul:latest"],
        },
    ];
    const tar = pack();
    tar.entry({ name: "manifest.json" }, JSON.stringify(manifest));
    tar.finalize();
    await pipeline(tar, createWriteStream(file));
}
