import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { messageOf } from "../tools/obtain.ts";
import { TaskFailure } from "../show/failure.ts";
import type { Progress } from "../show/stepProgress.ts";
import { EventFollower } from "./events.ts";

/** What the Automation API's operations have in common, as far as we use it. */
interface OperationOptions {
    readonly onEvent: (event: EngineEvent) => void;
    readonly signal: AbortSignal;
}

/**
 * Runs an operation of Pulumi's with progress. A failure is told by what the resources said, not by
 * the engine's whole log; a request to end lets Pulumi finish what it has in hand.
 */
export async function operate<T>(
    what: string,
    progress: Progress,
    operation: (options: OperationOptions) => Promise<T>,
): Promise<{ readonly result: T; readonly unchanged: number }> {
    const follower = new EventFollower(progress);
    const ending = new AbortController();
    // A terminal's Ctrl-C reaches Pulumi by itself; a second one from us would make it drop all.
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
            `${what} failed.\n\n${[...new Set(said)].join("\n\n") || messageOf(error)}`,
        );
    } finally {
        process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
        progress.stop();
    }
}
