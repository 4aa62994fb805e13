import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, endpointOf, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch = { servers: "abc" };

describe.skipIf(without !== "")(`replacing a server's machine${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("other options: all that was on it is recreated, and no other node is touched", async () => {
        const stack = await formed.fork();
        const changed = cluster({ ...sketch, users: { b: "me" } });
        expectReplaced("b", await stack.up(changed));
        expect(await stack.up(changed)).toEqual([]);
    });

    test("by hand: all that was on it is recreated, and no other node is touched", async () => {
        const stack = await formed.fork();
        const replace = [await stack.urnOf("consul-b-machine")];
        expectReplaced("b", await stack.up(cluster(sketch), { replace }));
        expect(stack.world.engines.get(endpointOf("b"))).toEqual(
            new Set(["RemoteImage consul:1", "Volume consul-data", "Container consul"]),
        );
    });

    test("a machine whose address is known only once it exists: no server that joins it is deleted", async () => {
        const stack = await formedOf({ ...sketch, machines: "cloud" });
        const replace = [await stack.urnOf("consul-a-machine")];
        const program = cluster({ ...sketch, machines: "cloud" });
        expectReplaced("a", await stack.up(program, { replace }));
    });

    test("at another address: the servers that join it are reloaded, not restarted", async () => {
        const stack = await formed.fork();
        const moved = cluster({ ...sketch, moved: { a: "10.0.9.9" } });
        const lines = await stack.up(moved);
        const others = lines.filter((line) => !line.includes(" a-"));
        expect(others.toSorted()).toEqual([
            "create cluster-ready",
            "update b-ready",
            "update c-ready",
        ]);
        expect(await stack.up(moved)).toEqual([]);
    });

    const kinds: readonly { kind: string; change?: Partial<Sketch>; replaced?: string }[] = [
        { kind: "other options", change: { users: { b: "me" } } },
        { kind: "another address", change: { moved: { b: "10.0.9.9" } } },
        { kind: "by hand", replaced: "consul-b-machine" },
        { kind: "its lab container", change: { machines: "lab" }, replaced: "consul-b-lab-host" },
    ];

    test.each(kinds)(
        "$kind, refused by the quorum guard: no container is touched, and the next up goes on",
        async ({ change = {}, replaced }) => {
            const declared = { ...sketch, ...change };
            const stack =
                change.machines === undefined ? await formed.fork() : await formedOf(declared);
            const before = containersOf(stack);
            const replace = replaced === undefined ? [] : [await stack.urnOf(replaced)];
            stack.world.failOnce("delete b-member", "b: its machine is not replaced");
            const { lines } = await stack.failingUp(cluster(declared), { replace });
            expect(lines).toContain("delete b-member FAILED");
            // Gates of others may be told something new.
            expect(lines.filter((line) => !/^(update|delete) .-(ready|member)/.test(line))).toEqual(
                [],
            );
            expect(containersOf(stack)).toEqual(before);
            const again = await stack.up(cluster(declared), { replace });
            expect(again.filter((line) => line.startsWith("delete")).slice(0, 2)).toEqual([
                "delete b-member",
                "delete b-machine",
            ]);
            expect(again.at(-1)).toBe("create cluster-ready");
        },
    );

    test("all at once: each server leaves before its own machine is removed", async () => {
        const stack = await formed.fork();
        const changed = cluster({ ...sketch, users: { a: "me", b: "me", c: "me" } });
        const lines = await stack.up(changed);
        for (const name of sketch.servers) {
            const left = stack.world.call(`delete ${name}-member`);
            const gone = stack.world.call(`delete ${name}-machine`);
            expect({ name, leftFirst: left.ended < gone.begun }).toEqual({
                name,
                leftFirst: true,
            });
        }
        expect(lines.at(-1)).toBe("create cluster-ready");
    });

    test("one that is lost: the next generation takes its place, and the lost one is not asked", async () => {
        const stack = await formed.fork();
        stack.world.engines.delete(endpointOf("b"));
        const next = cluster({ ...sketch, generations: { b: 2 } });
        const lines = await stack.up(next);
        expect(lines.filter((line) => / [ac]-/.test(line))).toEqual([]);
        const made = lines.filter((line) => line.startsWith("create b.2-"));
        expect(made.toSorted()).toEqual(
            ["agent", "data", "image", "machine", "ready"].map((what) => `create b.2-${what}`),
        );
        expect(made.slice(-2)).toEqual(["create b.2-agent", "create b.2-ready"]);
        // What was on the lost one goes from the state with it.
        expect(lines.filter((line) => line.startsWith("delete"))).toEqual([
            "delete b-member",
            "delete b-machine",
        ]);
        expect(lines.indexOf("delete b-member")).toBeGreaterThan(lines.indexOf("create b.2-ready"));
        expect(stack.world.engines.get(endpointOf("b"))).toEqual(
            new Set(["RemoteImage consul:1", "Volume consul-data", "Container consul"]),
        );
        expect(await stack.up(next)).toEqual([]);
    });

    test("a machine that is gone: the second up completes the replacement", async () => {
        const stack = await formed.fork();
        stack.world.engines.delete(endpointOf("b"));
        const replace = [await stack.urnOf("consul-b-machine")];
        // Its provider was declared before the new machine was there.
        const known = cluster({ ...sketch, unreachable: "b" });
        const { lines } = await stack.failingUp(known, { replace });
        expect(lines.slice(0, 3)).toEqual([
            "delete b-member",
            "delete b-machine",
            "create b-machine",
        ]);
        expect(lines.slice(3).toSorted()).toEqual([
            "create b-data FAILED",
            "create b-image FAILED",
        ]);
        const again = await stack.up(cluster(sketch));
        expect(again.toSorted()).toEqual(madeOn("b").toSorted());
    });

    test("a lab machine's container: its machine is removed before it, and made after it", async () => {
        const lab = { ...sketch, machines: "lab" } as const;
        const stack = await formedOf(lab);
        const replace = [await stack.urnOf("consul-b-lab-host")];
        const lines = await stack.up(cluster(lab), { replace });
        const machine = lines.filter((line) => /-(host|machine|member)$/.test(line));
        expect(machine).toEqual([
            "delete b-member",
            "delete b-machine",
            "delete b-lab-host",
            "create b-lab-host",
            "create b-machine",
        ]);
        expect(lines.slice(-3)).toEqual([
            "create b-agent",
            "create b-ready",
            "create cluster-ready",
        ]);
        expect(lines.filter((line) => / [ac]-/.test(line))).toEqual([]);
    });
});

async function formedOf(what: Sketch): Promise<EngineStack> {
    const stack = await EngineStack.create();
    onTestFinished(() => {
        stack.dispose();
    });
    await stack.up(cluster(what));
    return stack;
}

/** What is on the engines, by their endpoints. */
function containersOf({ world }: EngineStack): Record<string, string[]> {
    return Object.fromEntries([...world.engines].map(([host, things]) => [host, [...things]]));
}

/** What is made on a new machine, and asked about it. */
function madeOn(name: string): string[] {
    const made = ["image", "data", "agent", "ready"].map((what) => `create ${name}-${what}`);
    return [...made, "create cluster-ready"];
}

function expectReplaced(name: string, lines: string[]): void {
    const at = lines.indexOf(`delete ${name}-machine`);
    const [first, ...before] = lines.slice(0, at);
    // The cluster is asked before anything is touched.
    expect(first).toBe(`delete ${name}-member`);
    // What was on it goes with the machine: the old engine, which may be gone, is not asked.
    expect(before).toEqual([]);
    expect(lines[at + 1]).toBe(`create ${name}-machine`);
    const after = lines.slice(at + 2);
    expect(after.toSorted()).toEqual(madeOn(name).toSorted());
    expect(after.slice(-3)).toEqual(madeOn(name).slice(-3));
}
