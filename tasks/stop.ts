import { runningContainers } from "../tools/dockerEngine.ts";
import { obtainMachinery } from "../tools/everything.ts";
import { startedDaemon, stopDaemon } from "../tools/dockerDaemon.ts";
import { runTask } from "./show/failure.ts";
import { Progress } from "./show/progress.ts";
import { forgetChoices } from "./stack/choices.ts";
import { operate } from "./stack/operate.ts";
import { stackName } from "./stack/settings.ts";
import { announced } from "./stack/toolbox.ts";
import { forgetStack, hasStack, openStack } from "./stack/workspace.ts";

async function stop(): Promise<void> {
    const progress = new Progress();
    if (hasStack()) {
        await destroy(progress);
    } else {
        progress.line("There is no cluster to stop.");
    }
    await leaveEngine(progress);
}

/** Removes the cluster, then the stack; what is needed for it may have gone since the start. */
async function destroy(progress: Progress): Promise<void> {
    progress.line("What this computer needs:");
    const { pulumi } = await obtainMachinery(announced(progress));

    progress.line("\nThe cluster:");
    const stack = await openStack(pulumi, {}, () => Promise.resolve());
    await operate("npm stop", progress, (options) => stack.destroy(options));
    await stack.workspace.removeStack(stackName);
    forgetStack();
    forgetChoices();
    progress.line(`  gone, after ${progress.total()}`);
    progress.line(
        "\nKept, so that the next start is quick: fetched and built tools (`npm run clean`).",
    );
}

/** An engine that we started ends with the last container; one that was there is left alone. */
async function leaveEngine(progress: Progress): Promise<void> {
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

await runTask(stop);
