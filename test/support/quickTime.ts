import { setTimeout as pause } from "node:timers/promises";
import { vi } from "vitest";

/**
 * Stands in for `scripts/progress.ts` where a test must not wait: pauses take a millisecond while
 * the clock jumps by their length, and what is said is kept.
 *
 * ```ts
 * vi.hoisted(() => vi.resetModules()); // whoever loaded the real one before, in another file
 * afterAll(() => vi.resetModules());
 * vi.mock(import("../../../scripts/progress.ts"), async (original) => {
 *     const { quickProgress } = await import("../../support/quickTime.ts");
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

/** What was said since {@link quickClock}. */
export const said: string[] = [];

const clock = { stride: 1 };

/**
 * Starts a clock that only pauses move; to be called before each test.
 *
 * @param stride how many pauses pass in one: long waits ask less often.
 */
export function quickClock(stride = 1): void {
    said.splice(0);
    clock.stride = stride;
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
}
