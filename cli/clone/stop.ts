import { Progress } from "../show/stepProgress.ts";
import { removeChoices } from "../stack/choices.ts";
import { removeStack } from "../stack/removeStack.ts";
import { releaseEngine } from "../stack/toolbox.ts";
import { hasStack } from "../stack/stackPlaces.ts";

/**
 * Removes the stack that a start of this clone brought up, and everything that was made for it.
 *
 * @param screen where it says what it does. @default standard output
 */
export async function stopClone(screen: NodeJS.WriteStream = process.stdout): Promise<void> {
    const progress = new Progress(screen);
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
