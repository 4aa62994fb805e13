import { inject } from "vitest";
import { providersVariable } from "../../../cli/tools/providers.ts";

/**
 * What the lab layer runs with. `npm test -- lab` brings it all and says so in the environment;
 * where a piece is missing it names the piece and does not start the layer.
 */

/** The agents' image: a reference to pull, or an archive. */
export const labImage = process.env.LAB_IMAGE ?? "";

/** Why the layer cannot run here; undefined if it can. */
export const missing = labImage === "" ? "LAB_IMAGE is not set; run `npm test -- lab`" : undefined;

/** Why no agents can run as processes of this computer; undefined if they can. */
export const noBinary =
    missing ??
    (labImage.endsWith(".tar") ? undefined : "LAB_IMAGE is no archive to take Consul from");

/** The providers that stacks are made by: Pulumi's own, or this project's. */
export const providers = inject("providers");

/** The environment of every program that a test starts: all of them run the same providers. */
export function labEnvironment(): NodeJS.ProcessEnv {
    return {
        ...process.env,
        ...(providers === undefined ? {} : { [providersVariable]: providers }),
    };
}
