import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { TrialsRequest } from "../../scripts/protocol/agentTrial.ts";
import { without } from "./support/cli.ts";
import { cluster } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

/** What the hooks had tried, in the order of what the providers did. */
let tried: string[] = [];
let fails: (nodeName: string) => boolean = () => false;
let seen: (() => readonly string[]) | undefined;

vi.mock(import("../../components/pulumi/runScript.ts"), () => ({
    runScript: (verb: string, request: object) => {
        const { trials, isFirst = false } = request as TrialsRequest;
        const names = trials.map(({ nodeName }) => nodeName);
        tried.push(
            `${verb} ${names.join("")}${isFirst ? " first" : ""} after ${seen?.().at(-1) ?? ""}`,
        );
        const bad = names.filter((name) => fails(name));
        return bad.length > 0
            ? Promise.reject(new Error(`${bad.join()}: its agent would not start`))
            : Promise.resolve(JSON.stringify(names));
    },
}));

const sketch = { servers: "abc" };
const changed = cluster({ ...sketch, image: "2" });

describe.skipIf(without !== "")(`servers that are tried before a change${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    beforeEach(() => {
        tried = [];
        fails = () => false;
    });

    async function fork(): Promise<EngineStack> {
        const stack = await formed.fork();
        seen = () => stack.world.lines;
        return stack;
    }

    test("all are tried once, before the first is cleared", async () => {
        const stack = await fork();
        const lines = await stack.up(changed);
        expect(tried).toEqual([
            expect.stringMatching(/^agent try abc first after create [abc]-image$|after $/),
        ]);
        const first = lines.findIndex((line) => line.endsWith("-agent-clearance"));
        expect(lines.slice(0, first).every((line) => line.endsWith("-image"))).toBe(true);
    });

    test.each(["a", "b", "c"])(
        "where %s would not start, none is touched, and the next run tries again",
        async (bad) => {
            const stack = await fork();
            fails = (name) => name === bad;
            const { lines, output } = await stack.failingUp(changed);
            expect(output).toContain(`${bad}: its agent would not start`);
            expect(lines.filter((line) => !line.endsWith("-image"))).toEqual([]);
            fails = () => false;
            const again = await stack.up(changed);
            expect(tried).toHaveLength(2);
            expect(again).toContain("create c-ready");
        },
    );

    test("nothing is tried where nothing changes, when a cluster is made, nor in a preview", async () => {
        const stack = await fork();
        await stack.up(cluster(sketch));
        await stack.steps(changed);
        expect(tried).toEqual([]);
        const fresh = await EngineStack.create();
        await fresh.up(cluster(sketch));
        expect(tried).toEqual([]);
        fresh.dispose();
    });

    test("a stack that is destroyed needs no program for it", async () => {
        const stack = await fork();
        await stack.destroy();
        expect([await stack.urns(), tried]).toEqual([[], []]);
    });
});
