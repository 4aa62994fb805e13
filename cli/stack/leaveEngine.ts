import { startedDaemon, stopDaemon } from "../tools/dockerDaemon.ts";
import { runningContainers } from "../tools/dockerEngine.ts";
import { engineHolders } from "../tools/engineHold.ts";
import type { Progress } from "../show/stepProgress.ts";

/** An engine that we started ends with the last container, unless another run of ours goes on with
 * it; one that was there is left alone. */
export async function leaveEngine(progress: Progress): Promise<void> {
    if (startedDaemon() !== undefined) {
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
