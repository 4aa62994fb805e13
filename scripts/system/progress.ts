/** Says what is going on; Pulumi shows the line beside the resource while it is being made. */
export function progress(line: string): void {
    process.stderr.write(`${line}\n`);
}

/** An error for its reader: our own messages as they are, anything else with its cause. */
export function describeError(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    const cause = error.cause instanceof Error ? error.cause.message : "";
    // Our own messages repeat their cause where it helps; Node's "fetch failed" does not.
    return cause === "" || error.message.includes(cause)
        ? error.message
        : `${error.message} (${cause})`;
}

/** Waits; the pause between two questions. */
export function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
