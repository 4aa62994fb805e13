import { messageOf } from "../tools/obtain.ts";

/** A task failed; the message is all that its reader needs. */
export class TaskFailure extends Error {
    constructor(message: string) {
        super(message);
        this.name = "TaskFailure";
    }
}

/**
 * Runs a task: a failure ends in its message and exit code 1. A stack of calls is shown only where
 * it is us who went wrong, and where DEBUG asks for it.
 */
export async function runTask(task: (args: readonly string[]) => Promise<void>): Promise<void> {
    try {
        await task(process.argv.slice(2));
    } catch (error) {
        console.error(`\n${explain(error)}`);
        process.exitCode = 1;
    }
}

function explain(error: unknown): string {
    const isOurs = error instanceof TypeError || error instanceof RangeError;
    if (error instanceof Error && (isOurs || "DEBUG" in process.env)) {
        return error.stack ?? error.message;
    }
    return messageOf(error);
}
