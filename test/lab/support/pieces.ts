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

/** Why the image cannot be taken apart, to run its agents as processes of this computer or to make another of it;
 * undefined if it can. */
export const noBinary =
    missing ??
    (labImage.endsWith(".tar") ? undefined : "LAB_IMAGE is no archive to take Consul from");

/** The providers that stacks are made by: Pulumi's own, or this project's. */
export const providers = inject("providers");

/** The end of a title of tests that need Pulumi's own too: why they are skipped; empty where they are there. */
export const withoutOfficial =
    providers === "embedded" ? `: skipped, ${inject("noOfficial") ?? "nothing"}` : "";

/**
 * The environment of every program that a test starts.
 *
 * @param by the providers that it runs. @default those of the layer
 */
export function labEnvironment(by = providers): NodeJS.ProcessEnv {
    return { ...process.env, ...(by === undefined ? {} : { [providersVariable]: by }) };
}
