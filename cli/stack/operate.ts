import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describeError } from "../../scripts/system/progress.ts";
import { TaskFailure } from "../show/task.ts";
import type { Progress } from "../show/stepProgress.ts";
import { EventFollower } from "./events.ts";
import { Interruption } from "./interruption.ts";

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
