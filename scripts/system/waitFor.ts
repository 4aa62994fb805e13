import { describeError, sleep } from "./progress.ts";

/** How one wait goes. */
export interface WaitOptions {
    /** Milliseconds after which the wait is given up. */
    readonly limit: number;
    /** Milliseconds between two looks. @default 200 */
    readonly interval?: number;
    /** Milliseconds for which the answer must stay good without a break. @default 0 */
    readonly stableFor?: number;
    /** Told what is still missing, each time that changes. */
    readonly onChange?: (missing: string) => void;
}

/**
 * Looks again and again until nothing is missing any more.
 *
 * @param look answers what is missing, or undefined once all is well; throwing counts as missing.
 * @throws Error with what was missing last, when the limit is over.
 */
export async function waitFor(
    look: () => Promise<string | undefined>,
    { limit, interval = 200, stableFor = 0, onChange }: WaitOptions,
): Promise<void> {
    const end = Date.now() + limit;
    let wellSince: number | undefined;
    let last = "";
    for (;;) {
        const missing = await look().catch(describeError);
        if (missing === undefined) {
            wellSince ??= Date.now();
            if (Date.now() - wellSince >= stableFor) {
                return;
            }
        } else {
            wellSince = undefined;
            if (missing !== last) {
                onChange?.(missing);
            }
            last = missing;
        }
        if (Date.now() > end) {
            const seconds = Math.round(limit / 1000);
            throw new Error(`after ${seconds} s: ${missing ?? `not steady: ${last}`}`);
        }
        await sleep(interval);
    }
}
