import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { waitFor, waitUntil } from "../../../../scripts/system/waitFor.ts";
import { quickClock } from "../../../support/quickTime.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock();
});
afterEach(() => {
    vi.useRealTimers();
});

/** Answers one after another, the last one again and again; counts how often it was asked. */
function answering(...answers: readonly (string | undefined | Error)[]) {
    const check = vi.fn(() => {
        const answer = answers[Math.min(check.mock.calls.length, answers.length) - 1];
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    });
    return check;
}

test("what is there at once takes no pause", async () => {
    const check = answering(undefined);
    await waitFor(check, { limit: 1000 });
    expect(check).toHaveBeenCalledTimes(1);
    expect(Date.now()).toBe(0);
});

test("it checks again at its interval, and reports each thing that is missing once", async () => {
    const told: string[] = [];
    const check = answering("a", "a", new Error("refused"), "a", undefined);
    await waitFor(check, { limit: 1000, interval: 50, onChange: (missing) => told.push(missing) });
    expect(told).toEqual(["a", "refused", "a"]);
    expect(Date.now()).toBe(200);
});

test("what must be steady counts from its last break", async () => {
    const check = answering(undefined, "b", undefined);
    await waitFor(check, { limit: 5000, interval: 100, stableFor: 300 });
    expect(check).toHaveBeenCalledTimes(6);
    expect(Date.now()).toBe(500);
});

test("when the limit is over, the failure says what was missing last", async () => {
    await expect(waitFor(answering("a", "b"), { limit: 2000 })).rejects.toThrow(
        new Error("after 2 s: b"),
    );
    expect(Date.now()).toBe(2200);
});

test("a check that throws is reported by its cause", async () => {
    const error = new Error("fetch failed", { cause: new Error("connect ECONNREFUSED") });
    await expect(waitFor(answering(error), { limit: 400 })).rejects.toThrow(
        new Error("after 0 s: fetch failed (connect ECONNREFUSED)"),
    );
});

test("what is good but not steady for long enough fails as such", async () => {
    const flicker = ["gone", undefined];
    const check = answering(...Array.from({ length: 12 }, (_, index) => flicker[index % 2]));
    await expect(waitFor(check, { limit: 1000, stableFor: 300 })).rejects.toThrow(
        new Error("after 1 s: gone"),
    );
    const late = answering(...Array.from({ length: 6 }, () => "gone"), undefined);
    await expect(waitFor(late, { limit: 1000, stableFor: 5000 })).rejects.toThrow(
        new Error("after 1 s: not steady: gone"),
    );
});

test("a wait for a condition answers whether it was met in time, and an error is a no", async () => {
    const answers = [() => Promise.resolve(false), () => Promise.reject(new Error("refused"))];
    const check = () => answers.shift()?.() ?? Promise.resolve(true);
    expect(await waitUntil(check, { limit: 1000, interval: 100 })).toBe(true);
    expect(Date.now()).toBe(200);
    expect(await waitUntil(() => Promise.resolve(false), { limit: 1000 })).toBe(false);
    expect(Date.now()).toBe(1400);
});
