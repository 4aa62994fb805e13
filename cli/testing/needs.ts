import { resolve } from "node:path";
import type { ConsulImage } from "../tools/consulImage.ts";
import { ToolsMissing } from "../tools/collector.ts";
import { languageHostTool } from "../tools/languageHost.ts";
import { obtain, ToolMissing, type ObtainOptions } from "../tools/obtain.ts";
import { projectRoot } from "../tools/paths.ts";
import { pulumiTool } from "../tools/pulumi.ts";
import { diverting } from "../stack/environment.ts";
import { obtainToolbox } from "../stack/toolbox.ts";
import type { Layer } from "./results.ts";

/** What a layer runs with, or why it cannot run. */
export type Readiness = { readonly env: NodeJS.ProcessEnv } | { readonly missing: string };

/**
 * Brings what a layer needs. This is all that tests are told by their environment:
 *
 * - `PATH` is led by `.tools/bin`, where a Pulumi and a docker-machine are that were not found.
 * - `PULUMI_SKIP_UPDATE_CHECK` is set, and the shell's DOCKER_* variables are empty.
 * - `LAB_IMAGE` (lab, faults): the value for the setting `image`, a reference or an archive.
 * - `LAB_IMAGE_ARCHIVE` (lab, faults): the archive's full path, where the image is one.
 */
export async function prepareLayer(layer: Layer, options: ObtainOptions): Promise<Readiness> {
    try {
        switch (layer) {
            case "unit":
            case "graph":
                return { env: {} };
            case "engine":
                await obtain(pulumiTool, options);
                return { env: commonEnvironment() };
            case "lab":
            case "faults": {
                // These tests run `pulumi up` as its users do, not by way of the Automation API.
                const pulumi = await obtain(pulumiTool, { ...options, report: () => undefined });
                await obtain(languageHostTool(pulumi), options);
                const { image } = await obtainToolbox(options);
                return { env: { ...commonEnvironment(), ...imageEnvironment(image) } };
            }
        }
    } catch (error) {
        if (error instanceof ToolsMissing || error instanceof ToolMissing) {
            return { missing: error.reason };
        }
        throw error;
    }
}

function commonEnvironment(): NodeJS.ProcessEnv {
    return {
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...Object.fromEntries(diverting.map((name) => [name, ""])),
    };
}

/** The image, told twice: as the setting takes it, and where the file is, if there is one. */
export function imageEnvironment({ image }: ConsulImage): NodeJS.ProcessEnv {
    return image.endsWith(".tar")
        ? { LAB_IMAGE: image, LAB_IMAGE_ARCHIVE: resolve(projectRoot, image) }
        : { LAB_IMAGE: image };
}
