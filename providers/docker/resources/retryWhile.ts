import { setTimeout as pause } from "node:timers/promises";

const limitMs = 30_000;
const intervalMs = 250;

/**
 * Repeats work for as long as it fails for a reason that passes by itself, such as a container that is just being
 * removed; at most 30 seconds.
 *
 * @param passing what is in the message of such a failure.
 */
export async function retryWhile<T>(
    passing: RegExp,
    signal: AbortSignal,
    work: () => Promise<T>,
): Promise<T> {
    const end = Date.now() + limitMs;
    for (;;) {
        try {
            return await work();
        } catch (error) {
            const isPassing = error instanceof Error && passing.test(error.message);
            if (!isPassing || Date.now() > end) {
                throw error;
            }
        }
        await pause(intervalMs, undefined, { signal });
    }
}
