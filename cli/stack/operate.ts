import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describeError } from "../../scripts/system/progress.ts";
import { TaskFailure } from "../show/task.ts";
import type { Progress } from "../show/stepProgress.ts";
import { obtainMachinery } from "../tools/everything.ts";
import { EventFollower } from "./events.ts";
import { Interruption } from "./interruption.ts";
import type { ProgramPlace } from "./stackSettings.ts";
import { announced } from "./toolbox.ts";
import { silenceUnreachable } from "./unreachableMachines.ts";
import { removeWorkFolder, withStack } from "./workspace.ts";

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
    const interruption = new Interruption(() => {
        progress.line("  stopping; what is being made now is recorded first");
    });
    const onEvent = (event: EngineEvent) => {
        interruption.follow(event);
        follower.follow(event);
    };
    try {
        const result = await operation({ onEvent, signal: interruption.signal });
        return { result, unchanged: follower.unchanged };
    } catch (error) {
        if (interruption.isInterrupted) {
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
        interruption.close();
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
