import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describeError } from "../../scripts/system/progress.ts";
import { TaskFailure } from "../show/task.ts";
import type { Progress } from "../show/stepProgress.ts";
import { obtainMachinery } from "../tools/everything.ts";
import { EventFollower } from "./events.ts";
import { stackName } from "./stackSettings.ts";
import { announced } from "./toolbox.ts";
import { silenceUnreachable } from "./unreachableMachines.ts";
import { openStack, removeWorkFolder, type ProgramPlace } from "./workspace.ts";

/** The options of the Automation API's operations that are used here. */
interface OperationOptions {
    readonly onEvent: (event: EngineEvent) => void;
    readonly signal: AbortSignal;
}

/**
 * Runs an operation of Pulumi's with progress. On a signal Pulumi finishes what it is doing.
 *
 * @throws TaskFailure with what the resources reported, and not the engine's whole log.
 */
export async function operate<T>(
    what: string,
    progress: Progress,
    operation: (options: OperationOptions) => Promise<T>,
): Promise<{ readonly result: T; readonly unchanged: number }> {
    const follower = new EventFollower(progress);
    const ending = new AbortController();
    // A terminal sends Ctrl-C to Pulumi too. A second signal from here would make it drop everything.
    const interruption = new AbortController();
    const onInterrupt = () => {
        interruption.abort();
        progress.line("  stopping; what is being made now is recorded first");
    };
    const onTerminate = () => {
        interruption.abort();
        ending.abort();
    };
    process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
    try {
        const result = await operation({ onEvent: follower.follow, signal: ending.signal });
        return { result, unchanged: follower.unchanged };
    } catch (error) {
        if (interruption.signal.aborted) {
            throw new TaskFailure(
                `${what} was stopped before its end. What was made is recorded: ` +
                    "`npm start` goes on with it, `npm stop` removes it.",
            );
        }
        const said = follower.failures.filter((text) => text !== "update failed");
        throw new TaskFailure(
            `${what} failed.\n\n${[...new Set(said)].join("\n\n") || describeError(error)}`,
        );
    } finally {
        process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
        progress.stop();
    }
}

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
    const { pulumi } = await obtainMachinery(announced(progress));
    progress.line(`\n${title}:`);
    const stack = await openStack(pulumi, {}, () => Promise.resolve(), place);
    for (const name of await silenceUnreachable(stack)) {
        progress.line(`  ${name}: its machine does not answer; it is removed without being asked`);
    }
    await operate(what, progress, (options) => stack.destroy(options));
    await stack.workspace.removeStack(stackName);
    removeWorkFolder(place);
    progress.line(`  gone, after ${progress.total()}`);
}
