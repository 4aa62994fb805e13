import { z } from "zod";
import { isArchive } from "../../components/agent/imageArchive.ts";
import { replacesContainers } from "./changes.ts";
import { mapOf, textOf } from "./schemaParts.ts";

const referencePattern =
    /^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;

const image = textOf(
    "a reference with a tag (hashicorp/consul:1.22.2) or the path of a .tar or .tar.gz",
    (text) => isArchive(text) || referencePattern.test(text),
);

const imageRule =
    "a reference with a tag (hashicorp/consul:1.22.2), the path of a .tar or .tar.gz, or a map from CPUs to such";

/** The image of one CPU. */
const ofCpu = image.exactOptional().meta({
    description: "The image for machines with this CPU.",
    ...replacesContainers,
});

/** One image for every machine, or one for each CPU that they have. */
export const imageSetting = z
    .union([image, mapOf({ amd64: ofCpu, arm64: ofCpu, arm: ofCpu, "386": ofCpu }, imageRule)], {
        // A map's own problems say more than that it is none of the two.
        error: ({ input }) => (typeof input === "object" && input !== null ? undefined : imageRule),
    })
    .refine((value) => typeof value === "string" || Object.keys(value).length > 0, imageRule);

/** The setting `image`. */
export type ImageSetting = z.infer<typeof imageSetting>;

/** An image that the settings name. */
export interface NamedImage {
    /** Where it is in the settings: `image`, `image.arm64`. */
    readonly path: string;
    readonly image: string;
    /** The CPU that it is named for. @default every one */
    readonly cpu?: string;
}

/** Every image that the settings name. */
export function namedImages(setting: ImageSetting): NamedImage[] {
    return typeof setting === "string"
        ? [{ path: "image", image: setting }]
        : Object.entries(setting).map(([cpu, named]) => {
              return { path: `image.${cpu}`, image: named, cpu };
          });
}
