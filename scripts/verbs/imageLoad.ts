import { createReadStream } from "node:fs";
import type { ImageInspectInfo } from "dockerode";
import { Machine } from "../machine/machine.ts";
import type { ImageRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";

/** Milliseconds without a byte from an engine that loads an image. */
const loadTimeoutMs = 300_000;

/** Loads an image archive onto a machine, unless an image of this very content is there. */
export async function loadImage(request: ImageRequest): Promise<string> {
    const { machine, archive, source, reference } = request;
    const engine = await Machine.of(request).engine();
    const pathOf = (name: string) => `/images/${encodeURIComponent(name)}`;
    const has = async (name: string) =>
        (await engine.find<ImageInspectInfo>(`${pathOf(name)}/json`)) !== undefined;
    if (await has(reference)) {
        return reference;
    }
    progress(`loading ${archive}`);
    const body = createReadStream(archive, { highWaterMark: 1 << 20 });
    const options = { method: "POST", timeout: loadTimeoutMs } as const;
    const answer = await engine.text("/images/load?quiet=true", { ...options, body });
    if (!(await has(source))) {
        throw new Error(`${machine}: loading ${archive} brought no "${source}": ${answer.trim()}`);
    }
    // The tag of the archive may mean another image tomorrow; this one always means its content.
    const [, repository = "", tag = ""] = /^(.*):([^:]*)$/.exec(reference) ?? [];
    const query = `repo=${encodeURIComponent(repository)}&tag=${encodeURIComponent(tag)}`;
    await engine.text(`${pathOf(source)}/tag?${query}`, { method: "POST" });
    return reference;
}
