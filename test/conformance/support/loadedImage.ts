import { createReadStream } from "node:fs";
import { resolveImage } from "../../../components/agent/imageArchive.ts";
import type { EngineApi } from "../../../scripts/docker/engineApi.ts";

/** Milliseconds without a byte from an engine that loads or pulls an image. */
const timeout = 300_000;

/** An image that this computer's engine has for as long as tests need it. */
export interface LoadedImage {
    /** The name that the engine knows it by. */
    readonly reference: string;
    /** Brings it to the engine, unless it is there. */
    load(): Promise<void>;
    /** Takes it from the engine, unless it was there before. */
    remove(): Promise<void>;
}

/**
 * The image that prepareLayer.ts found.
 *
 * @throws Error where it found none, or what it found is no image.
 */
export async function loadedImage(
    engine: EngineApi,
    { LAB_IMAGE, LAB_IMAGE_ARCHIVE }: NodeJS.ProcessEnv = process.env,
): Promise<LoadedImage> {
    const { image, problems } = await resolveImage(LAB_IMAGE_ARCHIVE ?? LAB_IMAGE ?? "");
    if (image === undefined) {
        throw new Error(problems.join("\n"));
    }
    const reference = image.kind === "archive" ? image.source : image.reference;
    const path = `/images/${encodeURIComponent(reference)}`;
    let isOurs = false;
    return {
        reference,
        load: async () => {
            if ((await engine.find(`${path}/json`)) !== undefined) {
                return;
            }
            isOurs = true;
            if (image.kind === "archive") {
                const body = createReadStream(image.archive, { highWaterMark: 1 << 20 });
                await engine.text("/images/load?quiet=true", { method: "POST", body, timeout });
            } else {
                const pull = `/images/create?fromImage=${encodeURIComponent(reference)}`;
                await engine.text(pull, { method: "POST", timeout });
            }
        },
        remove: async () => {
            if (isOurs) {
                await engine.text(path, { method: "DELETE" });
            }
        },
    };
}
