/**
 * Does some work without stack traces. Pulumi's SDK takes one for each of the hundred properties of
 * each container, and shows it to nobody; where the program declared a resource it notes all the same.
 * An error from inside has its message alone, so it has to name the thing that it is about.
 */
export function untraced<T>(work: () => T): T {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        return work();
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
}
