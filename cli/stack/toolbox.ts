import { startedDaemon, stopDaemon } from "../tools/dockerDaemon.ts";
import { runningContainers } from "../tools/dockerEngine.ts";
import { engineHolders } from "../tools/engineHold.ts";
import { obtainEverything, type Needs, type Toolbox } from "../tools/everything.ts";
import type { ObtainOptions } from "../tools/obtain.ts";
import { keptTimings } from "../tools/timings.ts";
import type { Progress } from "../show/stepProgress.ts";
import { declaredSettings } from "./declaredSettings.ts";
import { configuredImage, configuredImageTool, usesUsualEngine } from "./stackSettings.ts";

/** How tools are announced: a line for each that was found, a moving one while one is built. */
export function announced(progress: Progress): ObtainOptions {
    return {
        during: progress.during,
        timings: keptTimings(),
        report: (line) => {
            progress.line(`  ${line}`);
        },
    };
}

/** Everything that the stack needs. */
export interface StackToolbox extends Toolbox {
    /** The image that its files ask for. */
    readonly configuredImage: string;
}

/**
 * Gets everything that the stack needs, with the image that its committed files ask for.
 *
 * @param asked which CLI and providers. @default any supported CLI, and the providers that the environment asks for
 */
export async function obtainToolbox(
    options: ObtainOptions,
    asked: Pick<Needs, "pulumi" | "providers"> = {},
): Promise<StackToolbox> {
    const declared = declaredSettings();
    const needs = {
        ...asked,
        image: configuredImageTool(declared),
        labMachines: usesUsualEngine(declared),
    };
    const toolbox = await obtainEverything(needs, options);
    return { ...toolbox, configuredImage: configuredImage(declared) };
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
