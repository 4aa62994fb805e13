import { setTimeout as pause } from "node:timers/promises";
import { vi } from "vitest";

/**
 * Replaces `scripts/system/progress.ts` where a test must not wait: pauses take a millisecond while the
 * clock jumps by their length, and progress lines are kept.
 *
 * ```ts
 * vi.hoisted(() => vi.resetModules()); // modules that another file loaded with the real one
 * afterAll(() => vi.resetModules());
 * vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
 *     const { quickProgress } = await import("../../../support/quickTime.ts");
 *     return quickProgress(original);
 * });
 * ```
 */
export async function quickProgress<T extends object>(original: () => Promise<T>) {
    return {
        ...(await original()),
        progress: (line: string): void => {
            said.push(line);
        },
        sleep: async (milliseconds: number): Promise<void> => {
            vi.setSystemTime(Date.now() + milliseconds * clock.stride);
            await pause(1);
        },
    };
}

/** The progress lines since {@link quickClock}. */
export const said: string[] = [];

const clock = { stride: 1 };

/**
 * Starts a clock that moves only by pauses; to be called before each test.
 *
 * @param stride by how many times its length a pause moves the clock: long waits check less often.
 */
export function quickClock(stride = 1): void {
    said.splice(0);
    clock.stride = stride;
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
}
