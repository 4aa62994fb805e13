import { obtainMachinery } from "./tools/everything.ts";
import { runTask } from "./show/failure.ts";
import { Progress } from "./show/stepProgress.ts";
import { forgetChoices } from "./stack/choices.ts";
import { leaveEngine } from "./stack/leaveEngine.ts";
import { operate } from "./stack/operate.ts";
import { stackName } from "./stack/stackSettings.ts";
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

await runTask(stop);
