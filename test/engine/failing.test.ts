import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, endpointOf } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch = { servers: "abc" };
const noLuck = "no such luck";

describe.skipIf(without !== "")(`an up that fails midway${without}`, () => {
    let empty: EngineStack;
    let formed: EngineStack;

    beforeAll(async () => {
        empty = await EngineStack.create();
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        empty.dispose();
        formed.dispose();
    });

    test("the create of a container: nothing after it starts, the next up resumes there", async () => {
        const stack = await empty.fork();
        stack.world.failOnce("create b-agent", noLuck);
        const { lines, output } = await stack.failingUp(cluster(sketch));
        expect(lines.filter((line) => /-(agent|ready)/.test(line))).toEqual([
            "create a-agent",
            "create a-ready",
            "create b-agent FAILED",
        ]);
        expect(output).toContain(noLuck);
        expect(withoutMarker(await stack.up(cluster(sketch)))).toEqual([
            "create b-agent",
            "create b-ready",
            "create c-agent",
            "create c-ready",
            "create cluster-ready",
        ]);
    });

    test("the create of a machine: the next up makes that machine alone, and goes on", async () => {
        const stack = await empty.fork();
        // All three are under way, so that the two others are made.
        stack.world.expectTogether(/^create .-machine$/, 3);
        stack.world.failOnce("create c-machine", noLuck);
        const { lines } = await stack.failingUp(cluster(sketch));
        expect(lines).toContain("create c-machine FAILED");
        const again = await stack.up(cluster(sketch));
        expect(again.filter((line) => line.endsWith("-machine"))).toEqual(["create c-machine"]);
        const done = lines.filter((line) => !line.endsWith("FAILED"));
        expect(again.filter((line) => done.includes(line))).toEqual([]);
        expect([...done, ...again].toSorted()).toEqual(formedLines());
    });

    test("a gate: it is not recorded as passed, and asked again by the next up", async () => {
        const stack = await empty.fork();
        stack.world.failOnce("create a-ready", "a: its agent does not answer");
        const { lines, output } = await stack.failingUp(cluster(sketch));
        expect(lines.filter((line) => /-(agent|ready)/.test(line))).toEqual([
            "create a-agent",
            "create a-ready FAILED",
        ]);
        expect(output).toContain("a: its agent does not answer");
        expect(withoutMarker(await stack.up(cluster(sketch)))).toEqual([
            "create a-ready",
            ...["b", "c"].flatMap((name) => [`create ${name}-agent`, `create ${name}-ready`]),
            "create cluster-ready",
        ]);
    });

    test("the gate of the cluster: it too is asked again", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("create cluster-ready", "two voters of three");
        const changed = cluster({ ...sketch, image: "2" });
        expect((await stack.failingUp(changed)).lines.at(-1)).toBe("create cluster-ready FAILED");
        expect((await stack.up(changed))[0]).toBe("create cluster-ready");
    });

    test("a rolling change: servers that were not reached stay as they are", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("create b-agent", noLuck);
        const changed = cluster({ ...sketch, image: "2" });
        const { lines } = await stack.failingUp(changed);
        expect(lines.filter((line) => /-(agent|ready)/.test(line))).toEqual([
            "update a-agent-clearance",
            "delete a-agent",
            "create a-agent",
            "create a-ready",
            "update b-agent-clearance",
            "delete b-agent",
            "create b-agent FAILED",
        ]);
        const again = await stack.up(changed);
        expect(again.filter((line) => /-(agent|ready)/.test(line))).toEqual([
            "create b-agent",
            "create b-ready",
            "update c-agent-clearance",
            "delete c-agent",
            "create c-agent",
            "create c-ready",
            "create cluster-ready",
        ]);
    });

    test("a rolling change whose gate fails: the next server is not touched", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("create a-ready", "a: no voter");
        const changed = cluster({ ...sketch, image: "2" });
        const { lines } = await stack.failingUp(changed);
        expect(lines.filter((line) => /-(agent|ready)/.test(line))).toEqual([
            "update a-agent-clearance",
            "delete a-agent",
            "create a-agent",
            "create a-ready FAILED",
        ]);
        const again = await stack.up(changed);
        expect(again.filter((line) => / .-(agent|ready)/.test(line))).toEqual([
            "create a-ready",
            ...["b", "c"].flatMap(changeOf),
        ]);
    });

    test("a clearance that is refused: no container is touched, the next up asks it again", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("update a-agent-clearance", "a: without it 1 of 3 voters");
        const changed = cluster({ ...sketch, image: "2" });
        const { lines, output } = await stack.failingUp(changed);
        expect(lines.filter((line) => !line.endsWith("-image"))).toEqual([
            "update a-agent-clearance FAILED",
        ]);
        expect(output).toContain("a: without it 1 of 3 voters");
        const again = await stack.up(changed);
        expect(again.filter((line) => / .-(agent|ready)/.test(line))).toEqual(
            ["a", "b", "c"].flatMap(changeOf),
        );
    });

    test("a clearance that is refused midway: those after it stay as they are", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("update b-agent-clearance", "b: without it 1 of 3 voters");
        const changed = cluster({ ...sketch, image: "2" });
        const { lines } = await stack.failingUp(changed);
        expect(lines.filter((line) => /-(agent|ready)/.test(line))).toEqual([
            ...changeOf("a"),
            "update b-agent-clearance FAILED",
        ]);
        const again = await stack.up(changed);
        expect(again.filter((line) => / .-(agent|ready)/.test(line))).toEqual(
            ["b", "c"].flatMap(changeOf),
        );
    });

    test("an image that cannot be had: no server is cleared until the next up has it", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("create a-image", "no network");
        const changed = cluster({ ...sketch, image: "2" });
        const { lines } = await stack.failingUp(changed);
        expect(lines.filter((line) => /-(agent|ready)/.test(line))).toEqual([]);
        const again = await stack.up(changed);
        expect(again.filter((line) => / a-(agent|ready)/.test(line))).toEqual(changeOf("a"));
    });

    test("a node that cannot leave keeps its machine, and is asked again", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("delete c-member", "c: without it 1 of 3 voters");
        const shrunk = cluster({ servers: "ab" });
        const { lines } = await stack.failingUp(shrunk);
        expect(lines.filter((line) => line.startsWith("delete"))).toEqual([
            "delete c-member FAILED",
        ]);
        expect(stack.world.engines.has(endpointOf("c"))).toBe(true);
        expect(await stack.up(shrunk)).toEqual(["delete c-member", "delete c-machine"]);
    });
});

/** How one server is changed. */
function changeOf(name: string): string[] {
    return [
        `update ${name}-agent-clearance`,
        `delete ${name}-agent`,
        `create ${name}-agent`,
        `create ${name}-ready`,
    ];
}

/** The teardown marker waits for no gate of the cluster, nor that gate for it: either may come first. */
function withoutMarker(lines: readonly string[]): string[] {
    expect(lines).toContain("create teardown");
    return lines.filter((line) => line !== "create teardown");
}

/** Every call of a first up, in alphabetical order. */
function formedLines(): string[] {
    const nodes = ["a", "b", "c"].flatMap((name) =>
        ["machine", "data", "image", "agent", "ready"].map((what) => `create ${name}-${what}`),
    );
    const ofTheCluster = ["store", "formation", "cluster-ready", "teardown"].map(
        (what) => `create ${what}`,
    );
    return [...ofTheCluster, ...nodes].toSorted();
}
