import { createReadStream } from "node:fs";
import type { EngineApi } from "../docker/engineApi.ts";
import { engineOf } from "../machine/machineEngine.ts";
import { progress } from "../system/progress.ts";
import type { ImageRequest } from "../protocol/requests.ts";

/** Time without a sign of life from an engine that takes in an image. */
const loadTimeout = 300_000;

/** Loads an image archive onto a machine, unless an image of this very content is there. */
export async function loadImage(request: ImageRequest): Promise<string> {
    const { store, machine, archive, source, reference } = request;
    const engine = await engineOf(store, machine);
    if (await hasImage(engine, reference)) {
        return reference;
    }
    progress(`loading ${archive}`);
    const body = createReadStream(archive, { highWaterMark: 1 << 20 });
    const options = { method: "POST", timeout: loadTimeout } as const;
    const answer = await engine.text("/images/load?quiet=true", { ...options, body });
    if (!(await hasImage(engine, source))) {
        throw new Error(`${machine}: loading ${archive} brought no "${source}": ${answer.trim()}`);
    }
    // The tag of the archive may mean another image tomorrow; this one means its content for ever.
    const [, repository = "", tag = ""] = /^(.*):([^:]*)$/.exec(reference) ?? [];
    const query = `repo=${encodeURIComponent(repository)}&tag=${encodeURIComponent(tag)}`;
    await engine.text(`/images/${encodeURIComponent(source)}/tag?${query}`, { method: "POST" });
    return reference;
}

async function hasImage(engine: EngineApi, reference: string): Promise<boolean> {
    return (await engine.find(`/images/${encodeURIComponent(reference)}/json`)) !== undefined;
}
