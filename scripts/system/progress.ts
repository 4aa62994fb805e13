/** Reports progress; Pulumi shows the line beside the resource while its Command runs. */
export function progress(line: string): void {
    process.stderr.write(`${line}\n`);
}

/** An error as a text: our own messages as they are, any other with its cause. */
export function describeError(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    const cause = error.cause instanceof Error ? error.cause.message : "";
    // Our own messages repeat their cause where it helps; "fetch failed" of Node does not.
    return cause === "" || error.message.includes(cause)
        ? error.message
        : `${error.message} (${cause})`;
}

/** Pauses for so many milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
