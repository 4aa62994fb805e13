import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { nextStep, rotateGossipKey } from "../../../../scripts/security/gossip.ts";
import { FakeRights } from "../../../support/fakeRights.ts";
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

test.each<[string, Record<string, number>, Record<string, number>, object | undefined]>([
    ["no member has the key", { a: 3 }, { a: 3 }, { change: "install", key: "k" }],
    ["some have it", { a: 3, k: 2 }, { a: 3 }, { change: "install", key: "k" }],
    ["all have it", { a: 3, k: 3 }, { a: 3 }, { change: "use", key: "k" }],
    ["some use it", { a: 3, k: 3 }, { a: 1, k: 2 }, { change: "use", key: "k" }],
    ["all use it", { a: 3, k: 3 }, { k: 3 }, { change: "remove", key: "a" }],
    ["one has another", { b: 1, k: 3 }, { k: 3 }, { change: "remove", key: "b" }],
    ["all have it alone", { k: 3 }, { k: 3 }, undefined],
    // It was used by force while a member lacked it.
    [
        "some use it whom others do not hear",
        { a: 3, k: 2 },
        { a: 1, k: 2 },
        { change: "install", key: "k" },
    ],
])("the next step where %s", (_, keys, primaryKeys, step) => {
    expect(nextStep({ keys, primaryKeys, nodes: 3 }, "k")).toEqual(step);
});

async function poolOf(fake: FakeRights, repair?: (node: string, keys: readonly string[]) => void) {
    const { nodes } = await fake.serve();
    const repaired: unknown[] = [];
    const pool = {
        consul: new ConsulClient(nodes.a?.httpAddress ?? ""),
        declared: fake.nodes,
        repair: (node: string, keys: readonly string[]) => {
            repaired.push([node, keys]);
            repair?.(node, keys);
            return Promise.resolve(repair !== undefined);
        },
    };
    return { pool, repaired };
}

test("a key is installed, used, and all others are removed; again, nothing is changed", async () => {
    const fake = new FakeRights(["a", "b", "c1"], ["old", "older"]);
    const { pool, repaired } = await poolOf(fake);
    await rotateGossipKey(pool, "new");
    expect(fake.rings).toEqual({ a: ["new"], b: ["new"], c1: ["new"] });
    expect(fake.written.map((one) => one.split(" ")[0])).toEqual([
        "POST",
        "PUT",
        "DELETE",
        "DELETE",
    ]);
    fake.written.length = 0;
    await rotateGossipKey(pool, "new");
    expect([fake.written, repaired]).toEqual([[], []]);
});

test("while a declared node is away nothing is changed, and it is named", async () => {
    const fake = new FakeRights(["a", "b", "c1"], ["old"]);
    fake.away.add("c1");
    const { pool, repaired } = await poolOf(fake);
    await expect(rotateGossipKey(pool, "new")).rejects.toThrow(
        "c1 is away, and would be cut off by a change of the gossip key. The key before is still valid.",
    );
    expect(fake.written).toEqual([]);
    // Tried once, not each time that it is looked.
    expect(repaired).toEqual([["c1", ["old", "new"]]]);
});

test("a member that has just ended, and still counts as alive, is waited for", async () => {
    const fake = new FakeRights(["a", "b", "c1"], ["old"]);
    fake.unanswered = 3;
    const { pool } = await poolOf(fake);
    await rotateGossipKey(pool, "new");
    expect(fake.unanswered).toBeLessThan(0);
    expect(fake.rings).toEqual({ a: ["new"], b: ["new"], c1: ["new"] });
});

test("a node that missed it all is given the keys of the others, and the change goes on", async () => {
    const fake = new FakeRights(["a", "b", "c1"], ["now", "before"]);
    fake.rings.c1 = ["lost"];
    fake.away.add("c1");
    const { pool, repaired } = await poolOf(fake, (node, keys) => {
        fake.rings[node] = [...keys];
        fake.away.delete(node);
    });
    await rotateGossipKey(pool, "now");
    expect(repaired).toEqual([["c1", ["now", "before"]]]);
    expect(fake.rings).toEqual({ a: ["now"], b: ["now"], c1: ["now"] });
});

test("a member that does not take a change is no endless loop", async () => {
    const fake = new FakeRights(["a", "b"], ["old"]);
    const { pool } = await poolOf(fake);
    Object.defineProperty(fake.rings, "b", { get: () => ["old"], set: () => undefined });
    await expect(rotateGossipKey(pool, "new")).rejects.toThrow(
        "a gossip key could not be changed (install)",
    );
    expect(fake.written).toHaveLength(3);
});

test("where there is nothing to change, a node that cannot be reached blocks nothing", async () => {
    const fake = new FakeRights(["a", "b", "c1"], ["now"]);
    fake.away.add("c1");
    const { pool, repaired } = await poolOf(fake);
    await rotateGossipKey(pool, "now");
    expect(repaired).toEqual([["c1", ["now"]]]);
    expect(fake.written).toEqual([]);
});
