import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, endpointOf } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch = { servers: "abc", clients: "xy" };
const names = Array.from("abcxy");

describe.skipIf(without !== "")(`forming a cluster${without}`, () => {
    let stack: EngineStack;
    let foreseen: string[];

    beforeAll(async () => {
        stack = await EngineStack.create();
        foreseen = await stack.preview(cluster(sketch));
        // Fails unless all five are under way before the first one ends.
        stack.world.expectTogether(/^create .-machine$/, names.length);
        await stack.up(cluster(sketch));
    });

    afterAll(() => {
        stack.dispose();
    });

    test("a preview of an empty stack lists every resource that is then made", async () => {
        expect(foreseen.toSorted()).toEqual((await stack.urns()).toSorted());
    });

    test("machines are made in parallel, before any container", () => {
        const made = names.map((name) => stack.world.call(`create ${name}-machine`));
        const lastBegun = Math.max(...made.map(({ begun }) => begun));
        const firstEnded = Math.min(...made.map(({ ended }) => ended));
        expect(lastBegun).toBeLessThan(firstEnded);
        const started = names.map((name) => stack.world.call(`create ${name}-agent`).begun);
        expect(Math.min(...started)).toBeGreaterThan(Math.max(...made.map(({ ended }) => ended)));
    });

    test("no machine is made before the store with its CA", () => {
        const opened = stack.world.call("create store").ended;
        const first = stack.world.calls.find(({ what }) => what.endsWith("-machine"));
        expect(first?.begun).toBeGreaterThan(opened);
    });

    test("no server that joins starts before the bootstrap server's container is made", () => {
        const bootstrap = stack.world.call("create a-agent").ended;
        const joins = ["b", "c", "x", "y"].map((name) => stack.world.call(`create ${name}-agent`));
        expect(joins.map(({ begun }) => begun > bootstrap)).toEqual([true, true, true, true]);
    });

    test("servers start one after another, each after the gate of the one before it", () => {
        const started = stack.world.lines.filter((line) =>
            /^create [abc]-(agent|ready)$/.test(line),
        );
        expect(started).toEqual(["a", "b", "c"].flatMap(startOf));
    });

    test("clients start after the servers, and the cluster's gate is asked last", () => {
        const { lines } = stack.world;
        const behind = lines
            .slice(lines.indexOf("create c-ready") + 1)
            .filter((line) => line !== "create teardown");
        expect(behind.toSorted()).toEqual(
            [
                ...["x", "y"].flatMap((name) => [`create ${name}-agent-check`, ...startOf(name)]),
                "create cluster-ready",
            ].toSorted(),
        );
        expect(behind.at(-1)).toBe("create cluster-ready");
    });

    test("the teardown marker is made once every node has its place, and no node is asked to leave", () => {
        const { begun } = stack.world.call("create teardown");
        const gates = names.map((name) => stack.world.call(`create ${name}-ready`).ended);
        expect(begun).toBeGreaterThan(Math.max(...gates));
        const lifecycle = stack.world.lines.filter((line) => /-(member|clearance)/.test(line));
        expect(lifecycle).toEqual([]);
    });

    test("every container is made on its own machine's engine, with its own addresses", () => {
        for (const name of names) {
            const { host, inputs } = stack.world.call(`create ${name}-agent`);
            expect({ name, host }).toEqual({ name, host: endpointOf(name) });
            expect(inputs.hostname).toBe(name);
        }
    });

    test("a second up asks nothing of any provider", async () => {
        const copy = await stack.fork();
        expect(await copy.up(cluster(sketch))).toEqual([]);
    });
});

function startOf(name: string): string[] {
    return [`create ${name}-agent`, `create ${name}-ready`];
}
