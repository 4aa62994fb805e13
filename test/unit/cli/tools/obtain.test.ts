import { describe, expect, it } from "vitest";
import {
    obtain,
    ToolMissing,
    type Attempt,
    type ObtainOptions,
    type Way,
} from "../../../../cli/tools/obtain.ts";

/** A tool whose ways have these outcomes, and a list of those that were tried. */
function fake(ways: readonly [Way<string>["kind"], Attempt<string> | Error][]) {
    const tried: string[] = [];
    const tool = {
        name: "Hammer",
        advice: "Buy one.",
        ways: ways.map(([kind, outcome], index) => ({
            kind,
            how: `way ${index + 1}`,
            attempt: () => {
                tried.push(`way ${index + 1}`);
                return outcome instanceof Error
                    ? Promise.reject(outcome)
                    : Promise.resolve(outcome);
            },
        })),
    };
    return { tool, tried };
}

const missed = { missed: "not there" };
const got = { got: "hammer", note: "found" };

describe("obtain", () => {
    it("takes the first way that succeeds and tries none after it", async () => {
        const { tool, tried } = fake([
            ["find", missed],
            ["find", got],
            ["build", got],
        ]);
        expect(await obtain(tool)).toBe("hammer");
        expect(tried).toEqual(["way 1", "way 2"]);
    });

    it("goes on to the next way when one throws", async () => {
        const { tool } = fake([
            ["fetch", new Error("no network")],
            ["build", got],
        ]);
        expect(await obtain(tool)).toBe("hammer");
    });

    it("names every reason and what to do when every way fails", async () => {
        const { tool } = fake([
            ["find", missed],
            ["fetch", new Error("no network")],
        ]);
        const error = await obtain(tool).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ToolMissing);
        expect(error).toMatchObject({
            message:
                "Hammer: not found, and not to be had here." +
                "\n  - way 1: not there\n  - way 2: no network\n  Buy one.",
            detail: "way 1: not there; way 2: no network",
            reason: "Hammer is missing (way 1: not there; way 2: no network)",
        });
    });

    it("changes nothing when it is only to find", async () => {
        const { tool, tried } = fake([
            ["find", missed],
            ["fetch", got],
            ["build", got],
        ]);
        await expect(obtain(tool, { only: "find" })).rejects.toThrow(ToolMissing);
        expect(tried).toEqual(["way 1"]);
    });

    it("does not try what cannot work here, and says why", async () => {
        const { tool, tried } = fake([
            ["find", missed],
            ["fetch", got],
            ["build", got],
        ]);
        const blocked = (reason: string) => () => Promise.resolve(reason);
        const [find, fetch, build] = tool.ways;
        const ways = [
            ...(find && fetch && build
                ? [
                      find,
                      { ...fetch, obstacle: blocked("no network") },
                      { ...build, obstacle: () => Promise.reject(new Error("no compiler")) },
                  ]
                : []),
        ];
        await expect(obtain({ ...tool, ways })).rejects.toMatchObject({
            detail: "way 1: not there; way 2: no network; way 3: no compiler",
        });
        expect(tried).toEqual(["way 1"]);
    });

    it("prefers what is to be fetched to what is found after that", async () => {
        const { tool, tried } = fake([
            ["find", missed],
            ["fetch", got],
            ["find", got],
        ]);
        await obtain(tool);
        expect(tried).toEqual(["way 1", "way 2"]);
    });

    it("expects what it took here before, else what it takes roughly, and keeps what it took", async () => {
        const kept = new Map([["Hammer: way 1", 70_000]]);
        const expected: (number | undefined)[] = [];
        const options: ObtainOptions = {
            during: (_what, work, expectedMs) => {
                expected.push(expectedMs);
                return work();
            },
            timings: {
                expectedMs: (what) => kept.get(what),
                record: (what, milliseconds) => {
                    kept.set(what, milliseconds);
                    return Promise.resolve();
                },
            },
        };
        const { tool } = fake([
            ["build", missed],
            ["build", got],
        ]);
        await obtain({ ...tool, ways: tool.ways.map((way) => ({ ...way, seconds: 9 })) }, options);
        expect(expected).toEqual([70_000, 9000]);
        expect(kept.get("Hammer: way 1")).toBe(70_000);
        expect(kept.get("Hammer: way 2")).toBeLessThan(1000);
    });

    it("announces what it fetches or builds, and says what it found", async () => {
        const { tool } = fake([
            ["find", missed],
            ["fetch", missed],
            ["build", got],
        ]);
        const said: string[] = [];
        const options: ObtainOptions = {
            report: (line) => said.push(line),
            during: (what, work) => {
                said.push(`${what} ...`);
                return work();
            },
        };
        await obtain(tool, options);
        expect(said).toEqual(["Hammer: way 2 ...", "Hammer: way 3 ...", "Hammer: found"]);
    });
});
