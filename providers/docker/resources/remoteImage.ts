import type { ImageInspectInfo } from "dockerode";
import { EngineError } from "../../../scripts/docker/engineApi.ts";
import type { Properties } from "../../protocol/provider.ts";
import {
    bool,
    computed,
    map,
    replaces,
    required,
    set,
    text,
    type Schema,
} from "../schema/property.ts";
import { ensureImage, findImage } from "./images.ts";
import type { Answer, ResourceType } from "./resourceType.ts";
import { timeLimits } from "./timeLimits.ts";

const buildRefused = "the embedded providers build no images; Pulumi's docker plugin does";

const schema: Schema = {
    build: { type: "set", single: true, refused: buildRefused },
    forceRemove: bool,
    imageId: { ...text, ...computed },
    keepLocally: bool,
    name: { ...text, ...replaces, ...required },
    platform: { ...text, ...replaces },
    pullTriggers: { ...set, ...replaces },
    repoDigest: { ...text, ...computed },
    triggers: { ...map, ...replaces },
};

/** `docker:index/remoteImage:RemoteImage`, as Pulumi's docker plugin 5.2.0 has it. */
export const remoteImage: ResourceType = {
    token: "docker:index/remoteImage:RemoteImage",
    schema,
    meta: timeLimits,
    createsFirst: true,

    create: async (engine, inputs, made) => {
        const answer = answerOf(await ensureImage(engine, nameOf(inputs), inputs.platform), inputs);
        made(answer.id);
        return answer;
    },

    read: async (engine, _id, state) => {
        const info = await findImage(engine, nameOf(state));
        return info === undefined ? undefined : answerOf(info, state);
    },

    update: async (engine, _id, _state, inputs) => {
        await ensureImage(engine, nameOf(inputs), inputs.platform);
    },

    delete: async (engine, _id, state) => {
        if (state.keepLocally === true) {
            return;
        }
        const force = state.forceRemove === true ? "?force=1" : "";
        const path = `/images/${encodeURI(nameOf(state))}${force}`;
        try {
            await engine.use((api) => api.text(path, { method: "DELETE" }));
        } catch (error) {
            if (!(error instanceof EngineError && error.status === 404)) {
                throw error;
            }
        }
    },
};

function nameOf({ name }: Properties): string {
    return String(name);
}

function answerOf(info: ImageInspectInfo, declared: Properties): Answer {
    const name = nameOf(declared);
    return {
        id: `${info.Id}${name}`,
        values: { imageId: info.Id, repoDigest: repoDigest(name, info.RepoDigests) },
    };
}

/** The digest under which the registry of this name has the image; empty where none has. */
function repoDigest(name: string, digests: readonly string[] | null): string {
    const [repository = ""] = name.split(":");
    const own = (digests ?? []).find((digest) => digest.startsWith(repository));
    return own ?? digests?.[0] ?? "";
}
