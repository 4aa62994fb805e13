import type { ImageInspectInfo } from "dockerode";
import { EngineError, type EngineApi } from "../../../scripts/docker/engineApi.ts";
import { parseJson, property } from "../../../scripts/system/json.ts";
import type { MachineEngine } from "../engine.ts";

/** Milliseconds without a byte after which a pull counts as failed: a layer may be unpacked in silence. */
const pullTimeoutMs = 300_000;

/** The registry of an image whose name has none. */
const defaultRegistry = "registry-1.docker.io";

/** The parts of an image's name. */
export interface ImageName {
    /** Where it is pulled from: `registry-1.docker.io`. */
    readonly registry: string;
    /** The name without tag and digest, as it is given. */
    readonly repository: string;
    /** Tag or digest; a digest wins. */
    readonly tag: string;
}

/** Takes an image's name apart: `localhost:5000/consul:1.20@sha256:…`. */
export function parseImageName(name: string): ImageName {
    const [beforeDigest = "", digest] = name.split("@");
    const [first = ""] = beforeDigest.split("/");
    const hasRegistry = beforeDigest.includes("/") && /[.:]|^localhost$/.test(first);
    const slash = beforeDigest.lastIndexOf("/");
    const colon = beforeDigest.indexOf(":", slash + 1);
    return {
        registry: hasRegistry ? first : defaultRegistry,
        repository: colon === -1 ? beforeDigest : beforeDigest.slice(0, colon),
        tag: digest ?? (colon === -1 ? "latest" : beforeDigest.slice(colon + 1)),
    };
}

/**
 * Finds an image on a machine, and pulls it where it is not there.
 *
 * @throws Error with what the engine says where it cannot be pulled.
 */
export async function ensureImage(
    engine: MachineEngine,
    name: string,
    platform: unknown,
): Promise<ImageInspectInfo> {
    const found = await findImage(engine, name);
    if (found !== undefined) {
        return found;
    }
    await engine
        .use((api) => pull(api, engine, name, platform))
        .catch((error: unknown) => {
            throw error instanceof EngineError
                ? new Error(`unable to pull image ${name}: ${error.message}`, { cause: error })
                : error;
        });
    const pulled = await findImage(engine, name);
    if (pulled === undefined) {
        throw new Error(`unable to find or pull image ${name}`);
    }
    return pulled;
}

/** An image on a machine; undefined where it is not there. */
export function findImage(
    engine: MachineEngine,
    name: string,
): Promise<ImageInspectInfo | undefined> {
    return engine.use((api) => api.find<ImageInspectInfo>(`/images/${encodeURI(name)}/json`));
}

async function pull(
    api: EngineApi,
    engine: MachineEngine,
    name: string,
    platform: unknown,
): Promise<void> {
    const { registry, repository, tag } = parseImageName(name);
    const query = new URLSearchParams({ fromImage: repository, tag });
    if (typeof platform === "string" && platform !== "") {
        query.set("platform", platform);
    }
    const output = await api.text(`/images/create?${query.toString()}`, {
        method: "POST",
        headers: { "x-registry-auth": engine.login(registry) },
        timeout: pullTimeoutMs,
    });
    // The answer is a success as soon as the pull begins; how it ends is in its last lines.
    const failure = output
        .split("\n")
        .map((line) => property(parseJson(line), "error"))
        .find((error) => typeof error === "string");
    if (failure !== undefined) {
        throw new Error(`unable to pull image ${name}: ${failure}`);
    }
}
