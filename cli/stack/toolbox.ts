import { startedDaemon, stopDaemon } from "../tools/dockerDaemon.ts";
import { runningContainers } from "../tools/dockerEngine.ts";
import { engineHolders } from "../tools/engineHold.ts";
import { obtainEverything, type Toolbox } from "../tools/everything.ts";
import { obtain, type ObtainOptions } from "../tools/obtain.ts";
import { pulumiTool } from "../tools/pulumi.ts";
import type { Progress } from "../show/stepProgress.ts";
import { committedSettings, configuredImageTool } from "./stackSettings.ts";

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
    // Only Pulumi can read the files that name the image, so it comes first, and alone.
    const pulumi = await obtain(pulumiTool, { ...options, report: () => undefined });
    const committed = await committedSettings(pulumi);
    return obtainEverything(configuredImageTool(committed), options);
}

/** Stops a Docker Engine that this project started, once no container and no other run uses it. Any other engine
 * is left alone. */
export async function releaseEngine(progress: Progress): Promise<void> {
    if ((await startedDaemon()) !== undefined) {
        progress.line((await whyKept()) ?? (await stopDaemon()) ?? "");
    }
}

async function whyKept(): Promise<string | undefined> {
    const left = "Docker Engine, which this project had started, is left";
    const holders = (await engineHolders()).map(({ task, pid }) => `${task} (process ${pid})`);
    if (holders.length > 0) {
        return `${left}: ${holders.join(", ")} goes on with it.`;
    }
    const containers = await runningContainers();
    return containers.length > 0 ? `${left}: it runs ${containers.join(", ")}.` : undefined;
}
