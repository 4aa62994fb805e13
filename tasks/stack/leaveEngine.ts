import { startedDaemon, stopDaemon } from "../../tools/dockerDaemon.ts";
import { runningContainers } from "../../tools/dockerEngine.ts";
import type { Progress } from "../show/progress.ts";

/** An engine that we started ends with the last container; one that was there is left alone. */
export async function leaveEngine(progress: Progress): Promise<void> {
    if (startedDaemon() === undefined) {
        return;
    }
    const others = await runningContainers();
    const said =
        others.length === 0
            ? await stopDaemon()
            : `Docker Engine, which this project had started, is left: it runs ${others.join(", ")}.`;
    progress.line(said ?? "");
}
