import { describeError, sleep } from "./progress.ts";

/** What is missing, as a text for the operator; undefined once nothing is. */
export type Missing = string | undefined;

/** How long to wait, and how often to check. */
export interface WaitOptions {
    /** Milliseconds after which the wait fails. */
    readonly limit: number;
    /** Milliseconds between two checks. @default 200 */
    readonly interval?: number;
    /** Milliseconds for which the answer must stay good without a break. @default 0 */
    readonly stableFor?: number;
    /** Told what is still missing, each time that changes. */
    readonly onChange?: (missing: string) => void;
}

/**
 * Checks repeatedly until nothing is missing any more.
 *
 * @param check answers what is missing, or undefined once nothing is; an error counts as missing.
 * @throws Error with what was missing last, when the time is over.
 */
export async function waitFor(
    check: () => Promise<Missing>,
    { limit, interval = 200, stableFor = 0, onChange }: WaitOptions,
): Promise<void> {
    const end = Date.now() + limit;
    let goodSince: number | undefined;
    let last = "";
    for (;;) {
        const missing = await check().catch(describeError);
        if (missing === undefined) {
            goodSince ??= Date.now();
            if (Date.now() - goodSince >= stableFor) {
                return;
            }
        } else {
            goodSince = undefined;
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

/** Checks repeatedly whether something is so; false when it is not within the time. An error counts as no. */
export function waitUntil(
    check: () => Promise<boolean>,
    options: Pick<WaitOptions, "limit" | "interval">,
): Promise<boolean> {
    const missing = async () => ((await check()) ? undefined : "no");
    return waitFor(missing, options).then(
        () => true,
        () => false,
    );
}
