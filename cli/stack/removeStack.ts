import type { Progress } from "../show/stepProgress.ts";
import { obtainMachinery } from "../tools/everything.ts";
import { operate } from "./operate.ts";
import type { ProgramPlace } from "./stackSettings.ts";
import { announced } from "./toolbox.ts";
import { silenceUnreachable } from "./unreachableMachines.ts";
import { removeWorkFolder } from "./stackPlaces.ts";
import { withStack } from "./workspace.ts";

/**
 * Destroys what a stack made, then removes the stack. What that needs is obtained first: it may have gone since the
 * start.
 *
 * @param what the operation, for its messages: `npm stop`.
 * @param title what is destroyed: `The cluster`.
 */
export async function removeStack(
    what: string,
    title: string,
    progress: Progress,
    place?: ProgramPlace,
): Promise<void> {
    progress.line("What this computer needs:");
    const tools = await obtainMachinery(announced(progress));
    progress.line(`\n${title}:`);
    const program = () => Promise.resolve();
    await withStack({ tools, program, place }, async (stack) => {
        for (const name of await silenceUnreachable(stack)) {
            progress.line(
                `  ${name}: its machine does not answer; it is removed without being asked`,
            );
        }
        await operate(what, progress, (options) => stack.destroy(options));
        await stack.workspace.removeStack(stack.name);
    });
    removeWorkFolder(place);
    progress.line(`  gone, after ${progress.total()}`);
}
