import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import { clearServer } from "../../../../scripts/verbs/serverClear.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { stubEnv } from "../../../support/stubEnv.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(20);
});
afterEach(() => {
    vi.useRealTimers();
});

const transferred = "a: POST /v1/operator/raft/transfer-leader";

function clear(cluster: FakeCluster, nodeName: string, httpAddress = cluster.address(nodeName)) {
    return clearServer({ nodeName, httpAddress, container: "digest" });
}

test("a server that does not lead is cleared, and nothing is changed", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    expect(await clear(cluster, "b")).toBe("clear");
    expect([cluster.done, said]).toEqual([[], []]);
});

test("a leader transfers its leadership first, and is cleared once another server leads", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    expect(await clear(cluster, "a")).toBe("clear");
    expect(cluster.done).toEqual([transferred]);
    expect(cluster.leader).toBe("b");
    expect(said).toEqual(["a transfers its leadership"]);
});

test("one that does not answer where it is to be reached is asked for at another server", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    const request = { nodeName: "a", httpAddress: "http://127.0.0.1:1", container: "digest" };
    const witness = { b: cluster.address("b") };
    expect(await clearServer({ ...request, witness })).toBe("clear");
    expect(cluster.done).toEqual([transferred.replace("a:", "b:")]);
    expect(cluster.leader).toBe("c");
});

test("and is kept from stopping where the quorum would be lost", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.unhealthy.add("c");
    const request = { nodeName: "a", httpAddress: "http://127.0.0.1:1", container: "digest" };
    const witness = { b: cluster.address("b") };
    await expect(clearServer({ ...request, witness })).rejects.toThrow("a quorum is 2");
    expect(cluster.done).toEqual([]);
});

test("a leader that keeps its leadership is not cleared", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.keepsLeader = true;
    await expect(clear(cluster, "a")).rejects.toThrow(
        new Error("after 15 s: no other server has taken over yet"),
    );
    expect(cluster.done).toEqual([transferred]);
});

test("a single server leads, and has no other one to transfer leadership to", async () => {
    const cluster = await FakeCluster.start(["a"]);
    expect(await clear(cluster, "a")).toBe("clear");
    expect(cluster.done).toEqual([]);
});

test("of two servers the leader transfers its leadership, though the quorum may be lost", async () => {
    const cluster = await FakeCluster.start(["a", "b"]);
    expect(await clear(cluster, "a")).toBe("clear");
    expect(cluster.done).toEqual([transferred]);
});

test("one that does not respond is replaced as it is, and so is one without a leader", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.stop("c");
    expect(await clear(cluster, "c")).toBe("clear");
    expect(Date.now()).toBe(0);
    cluster.leader = "";
    expect(await clear(cluster, "b")).toBe("clear");
    expect(Date.now()).toBeGreaterThanOrEqual(15_000);
    expect(cluster.done).toEqual([]);
    expect(said).toEqual([
        "c reports no leader; it is replaced as it is",
        "b reports no leader; it is replaced as it is",
    ]);
});

test("an election is waited for, and the quorum checked after it", async () => {
    quickClock();
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.electionEnds = 700;
    expect(await clear(cluster, "a")).toBe("clear");
    expect(cluster.done).toEqual([transferred]);
    expect(said).toEqual(["a transfers its leadership"]);
    expect(Date.now()).toBeGreaterThanOrEqual(1000);

    cluster.electionEnds = Date.now() + 700;
    cluster.unhealthy.add("a");
    await expect(clear(cluster, "c")).rejects.toThrow(/^c: without it 1 of 3 voters/);
});

test("one that ends while its election is waited for is replaced as it is, at once", async () => {
    quickClock();
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.leader = "";
    const cleared = clear(cluster, "b");
    setTimeout(() => {
        cluster.stop("b");
    }, 10);
    expect(await cleared).toBe("clear");
    expect(Date.now()).toBeLessThan(15_000);
    expect(said).toEqual(["b reports no leader; it is replaced as it is"]);
});

test("a change that would cost the quorum is refused before leadership moves", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.unhealthy.add("c");
    await expect(clear(cluster, "a")).rejects.toThrow(
        /^a: without it 1 of 3 voters would be healthy, .* not healthy now: c\. Nothing was touched\./,
    );
    expect(cluster.done).toEqual([]);
});

test("a change that would cost the quorum is made where the operator overrides the guard", async () => {
    stubEnv(overrideVariable, "1");
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.unhealthy.add("c");
    expect(await clear(cluster, "a")).toBe("clear");
    expect(cluster.done).toEqual([transferred]);
});

test("an unhealthy server itself may be changed, because that is its repair", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.unhealthy.add("c");
    expect(await clear(cluster, "c")).toBe("clear");
});

test("a server is not touched where no snapshot can be taken, nor is its leadership", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    const httpAddress = cluster.address("a");
    const snapshots = { folder: "/dev/null/snapshots", datacenter: "dc1" };
    await expect(
        clearServer({ nodeName: "a", httpAddress, container: "digest", snapshots }),
    ).rejects.toThrow(/^\/dev\/null\/snapshots: no snapshot of http:.* could be taken: ENOTDIR/);
    expect(cluster.done).toEqual([]);
});

test("where the node that reports about others does not respond, only it is replaced as it is", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    const about = (nodeName: string) =>
        clearServer({
            nodeName,
            httpAddress: cluster.address("a"),
            askThrough: "a",
            container: "digest",
        });
    expect(await about("b")).toBe("clear");
    cluster.stop("a");
    expect(await about("a")).toBe("clear");
    await expect(about("b")).rejects.toThrow(
        new Error(
            "b: it is asked about through a, which knows no leader, so what its " +
                "replacement would cost is unknown. Nothing was touched. Bring a back first; or run this " +
                `with ${overrideVariable}=1.`,
        ),
    );
    stubEnv(overrideVariable, "1");
    expect(await about("b")).toBe("clear");
});
