import type { VolumeInspectInfo } from "dockerode";
import { computed, labels, map, replaces, text, type Schema } from "../schema/property.ts";
import { labelList, labelMap } from "./labels.ts";
import type { Answer, ResourceType } from "./resourceType.ts";
import { retryWhile } from "./retryWhile.ts";

const clusterRefused =
    "the embedded providers make no cluster volumes; Pulumi's docker plugin does";

const schema: Schema = {
    cluster: { type: "list", single: true, refused: clusterRefused },
    driver: { ...text, ...replaces, ...computed },
    driverOpts: { ...map, ...replaces },
    labels,
    mountpoint: { ...text, ...computed },
    name: { ...text, ...replaces, ...computed },
};

/** `docker:index/volume:Volume`, as Pulumi's docker plugin 5.2.0 has it. */
export const volume: ResourceType = {
    token: "docker:index/volume:Volume",
    schema,
    meta: { schema_version: "1" },

    create: async (engine, inputs, made) => {
        const info = await engine.use((api) =>
            api.ask<VolumeInspectInfo>("/volumes/create", {
                method: "POST",
                json: {
                    Name: inputs.name,
                    Driver: inputs.driver,
                    DriverOpts: inputs.driverOpts,
                    Labels: labelMap(inputs.labels),
                },
            }),
        );
        made(info.Name);
        return answerOf(info);
    },

    read: async (engine, id) => {
        const info = await engine.use((api) =>
            api.find<VolumeInspectInfo>(`/volumes/${encodeURIComponent(id)}`),
        );
        return info === undefined ? undefined : answerOf(info);
    },

    delete: async (engine, id, _state, { signal }) => {
        const path = `/volumes/${encodeURIComponent(id)}?force=1`;
        await retryWhile(/volume is in use/, signal, () =>
            engine.use((api) => api.text(path, { method: "DELETE" })),
        );
    },
};

function answerOf(info: VolumeInspectInfo): Answer {
    return {
        id: info.Name,
        values: {
            driver: info.Driver,
            // The engine has null here, which the types leave out.
            driverOpts: info.Options ?? {},
            labels: labelList(info.Labels),
            mountpoint: info.Mountpoint,
            name: info.Name,
        },
    };
}
