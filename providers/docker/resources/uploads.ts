import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { EngineApi } from "../../../scripts/docker/engineApi.ts";
import type { Properties } from "../../protocol/provider.ts";
import { objectsOf } from "../schema/values.ts";

/** Puts the declared files into a container, which does not run yet. */
export async function uploadFiles(api: EngineApi, id: string, uploads: unknown): Promise<void> {
    for (const upload of objectsOf(uploads)) {
        const archive = pack();
        const owner = numericId(upload.owner);
        const group = numericId(upload.group);
        archive.entry(
            {
                name: String(upload.file),
                mode: modeOf(upload),
                mtime: new Date(),
                uid: owner,
                gid: group,
            },
            await contentOf(upload),
        );
        archive.finalize();
        await api.copyIn(id, "/", Readable.from(archive));
    }
}

function modeOf({ permissions, executable }: Properties): number {
    if (typeof permissions === "string" && permissions !== "") {
        return Number.parseInt(permissions, 8);
    }
    return executable === true ? 0o744 : 0o644;
}

async function contentOf({ content, contentBase64, source, file }: Properties): Promise<Buffer> {
    const given = [content, contentBase64, source].filter((one) => one !== undefined && one !== "");
    if (given.length !== 1) {
        throw new Error(
            `uploads: ${String(file)}: got ${given.length} of content, contentBase64 and source; ` +
                "expected one of them",
        );
    }
    if (typeof source === "string" && source !== "") {
        return readFile(source);
    }
    return typeof contentBase64 === "string" && contentBase64 !== ""
        ? Buffer.from(contentBase64, "base64")
        : Buffer.from(String(content), "utf8");
}

function numericId(value: unknown): number {
    const text = typeof value === "string" ? value : "";
    if (!/^\d*$/.test(text)) {
        throw new Error(
            `uploads: owner or group: got "${text}"; the embedded providers take a numeric id`,
        );
    }
    return Number(text);
}
