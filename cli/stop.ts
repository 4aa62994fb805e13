import { Progress } from "./show/stepProgress.ts";
import { commandLine, runTask } from "./show/task.ts";
import { removeChoices } from "./stack/choices.ts";
import { removeStack } from "./stack/operate.ts";
import { releaseEngine } from "./stack/toolbox.ts";
import { hasStack } from "./stack/workspace.ts";

async function stop(args: readonly string[]): Promise<void> {
    commandLine("npm stop", "Removes the cluster, and everything that was made for it.").parse(
        args,
        { from: "user" },
    );
    const progress = new Progress();
    if (hasStack()) {
        await removeStack("npm stop", "The cluster", progress);
        removeChoices();
        progress.line(
            "\nKept, so that the next start is quick: fetched and built tools (`npm run clean`).",
        );
    } else {
        progress.line("There is no cluster to stop.");
    }
    await releaseEngine(progress);
}

await runTask(stop);
