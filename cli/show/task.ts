import { createInterface } from "node:readline/promises";
import { Command, CommanderError } from "@commander-js/extra-typings";
import { describeError } from "../../scripts/system/progress.ts";
import { exitCodes, type ExitCode } from "./exitCodes.ts";

/** A task failed; the message is all that its reader needs. */
export class TaskFailure extends Error {
    /** How the task ends. */
    readonly exitCode: ExitCode;

    constructor(message: string, exitCode: ExitCode = exitCodes.failed) {
        super(message);
        this.name = "TaskFailure";
        this.exitCode = exitCode;
    }
}

/**
 * The command line of a task, to which its options are added. `--help` prints what it takes; what it does not
 * take is refused with a TaskFailure that says both.
 *
 * @param call how the task is run: `npm run doctor`.
 * @param purpose what it does, for the help.
 */
export function commandLine(call: string, purpose: string) {
    const command = new Command(`${call} --`)
        .description(purpose)
        .helpOption("--help", "print this")
        .configureOutput({ outputError: () => undefined })
        .exitOverride((error) => {
            throw error.exitCode === 0
                ? error
                : new TaskFailure(
                      `${error.message.replace(/^error: /, "")}\n\n${command.helpInformation()}`,
                  );
        });
    return command;
}

/**
 * Runs a task: a failure ends in its message and exit code 1. A stack trace is shown only for a mistake of this
 * program, and where DEBUG asks for it.
 */
export async function runTask(task: (args: readonly string[]) => Promise<void>): Promise<void> {
    try {
        await task(process.argv.slice(2));
    } catch (error) {
        // The help that was asked for is printed already.
        if (!(error instanceof CommanderError && error.exitCode === 0)) {
            console.error(`\n${explain(error)}`);
            process.exitCode = error instanceof TaskFailure ? error.exitCode : exitCodes.failed;
        }
    }
}

/** What a failure says: a stack trace only for a mistake of this program, and where DEBUG asks for it. */
export function explain(error: unknown): string {
    const isMistake = error instanceof TypeError || error instanceof RangeError;
    if (error instanceof Error && (isMistake || "DEBUG" in process.env)) {
        return error.stack ?? error.message;
    }
    return describeError(error);
}

/**
 * Asks on the terminal whether to go on.
 *
 * @param nothing what holds without a yes: `Nothing was restored`.
 * @throws TaskFailure for any other answer, and where there is no terminal.
 */
export async function confirm(nothing: string): Promise<void> {
    requireTerminal(nothing);
    // What it prints on standard output may be read by a program.
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminal.question("Type yes to go on: ");
    terminal.close();
    if (answer.trim() !== "yes") {
        throw new TaskFailure(`${nothing}.`);
    }
}

/** @throws TaskFailure where there is no terminal to ask on. */
export function requireTerminal(nothing: string): void {
    if (!process.stdin.isTTY) {
        throw new TaskFailure(`${nothing}: there is no terminal to ask on. Add \`--yes\`.`);
    }
}
