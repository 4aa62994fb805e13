import { obtainEverything, type Toolbox } from "../tools/everything.ts";
import { obtain, type ObtainOptions } from "../tools/obtain.ts";
import { pulumiTool } from "../tools/pulumi.ts";
import type { Progress } from "../show/stepProgress.ts";
import { committedSettings, configuredImageTool } from "./stackSettings.ts";
import { commandOf } from "./workspace.ts";

/** How tools are announced: a line for each that was found, a moving one while one is built. */
export function announced(progress: Progress): ObtainOptions {
    return {
        during: progress.during,
        report: (line) => {
            progress.line(`  ${line}`);
        },
    };
}

/** Gets everything that the stack needs, with the image that its committed files ask for. */
export async function obtainToolbox(options: ObtainOptions): Promise<Toolbox> {
    // Only Pulumi can read its own files, defaults included, so it comes first, and alone.
    const pulumi = await obtain(pulumiTool, { ...options, report: () => undefined });
    const committed = await committedSettings(await commandOf(pulumi));
    return obtainEverything(configuredImageTool(committed), options);
}
