import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { beginTeardown } from "../../../../scripts/machine/teardownMarker.ts";
import { leaveCluster } from "../../../../scripts/verbs/memberLeave.ts";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import type { MembershipRequest } from "../../../../scripts/protocol/requests.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { certificates } from "../../../support/certificates.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { Store } from "../../../../scripts/machine/store.ts";

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

const trio = ["a", "b", "c"];
const owner = "consul-machines/dev";

/** A cluster whose machines share a store and an engine, which records its requests. */
async function lay(servers: readonly string[], clients: readonly string[] = []) {
    const cluster = await FakeCluster.start(servers, clients);
    const store = await tempFolder();
    const engine = await fakeEngine((request, body) => {
        // Asked for where an agent is that is silent: a question changes nothing.
        if (request !== "GET /containers/json") {
            cluster.done.push(`engine: ${request} ${body}`);
        }
        return { body: {} };
    });
    const request = async (nodeName: string): Promise<MembershipRequest> => {
        await putMachine(store, `dev-${nodeName}`, engine.port, await certificates());
        return {
            nodeName,
            role: servers.includes(nodeName) ? "server" : "client",
            httpAddress: cluster.address(nodeName),
            servers: cluster.addresses(servers.filter((name) => name !== nodeName)),
            agent: { store, machine: `dev-${nodeName}`, container: "consul" },
            owner,
        };
    };
    return { cluster, store, request };
}

/** What is done when an agent leaves by itself: it is not started again. */
const leaving = (name: string) => [
    'engine: POST /containers/consul/update {"RestartPolicy":{"Name":"no"}}',
    `${name}: PUT /v1/agent/leave`,
];

const forced = (name: string) => `PUT /v1/agent/force-leave/${name}?prune=1`;

/** Where the cluster still lists a node. */
function tracesOf(name: string, { peers, members, catalog }: FakeCluster): string[] {
    return Object.entries({ peers, members, catalog }).flatMap(([kind, names]) =>
        names.has(name) ? [kind] : [],
    );
}

test("a server leaves by itself, after its engine's restart policy was changed", async () => {
    const { cluster, store, request } = await lay(trio);
    await leaveCluster(await request("c"));
    expect(cluster.done).toEqual(leaving("c"));
    expect(tracesOf("c", cluster)).toEqual([]);
    expect([...cluster.peers]).toEqual(["a", "b"]);
    expect(said).toEqual(["c leaves the cluster"]);
    expect(await entries(store)).toEqual(["machines"]);
});

test("a server that a later generation has replaced does not leave", async () => {
    const { cluster, store, request } = await lay(trio);
    await Machine.of({ store, machine: "dev-c" }).writeRecord({
        owner,
        state: "made",
        generation: 2,
    });
    await leaveCluster(await request("c"));
    expect(cluster.done).toEqual([]);
    expect(said).toEqual(["c stays, on its machine of generation 2"]);

    await leaveCluster({ ...(await request("c")), generation: 2 });
    expect(cluster.done).toEqual(leaving("c"));
});

test("a client of a stack that joined another's cluster leaves it, also when its whole stack is removed", async () => {
    const { cluster, store, request } = await lay(trio, ["w", "x"]);
    const joined = Object.values(cluster.addresses(trio));
    await leaveCluster({ ...(await request("w")), servers: {}, joined });
    await beginTeardown({ store, owner });
    await leaveCluster({ ...(await request("x")), servers: {}, joined });
    expect(cluster.done).toEqual([...leaving("w"), ...leaving("x")]);
    expect([...tracesOf("w", cluster), ...tracesOf("x", cluster)]).toEqual([]);
});

test("a server that joined another's cluster waits for no other one when the whole stack is removed", async () => {
    const { cluster, store, request } = await lay(["a", "b", "c", "d", "e"]);
    const joined = Object.values(cluster.addresses(trio));
    await new Store(store).writeRoster({
        owner,
        name: "consul-store",
        machines: ["dev-d", "dev-e"],
    });
    await beginTeardown({ store, owner });
    for (const name of ["d", "e"]) {
        await leaveCluster({ ...(await request(name)), servers: {}, joined });
    }
    expect([...cluster.peers]).toEqual(trio);
});

test("a leader transfers its leadership before it leaves", async () => {
    const { cluster, request } = await lay(trio);
    await leaveCluster(await request("a"));
    expect(cluster.done).toEqual(["a: POST /v1/operator/raft/transfer-leader", ...leaving("a")]);
    expect(cluster.leader).toBe("b");
    expect(said).toEqual(["a transfers its leadership", "a leaves the cluster"]);
});

test("a client leaves whatever the quorum is", async () => {
    const { cluster, request } = await lay(trio, ["x"]);
    cluster.unhealthy.add("c");
    await leaveCluster(await request("x"));
    expect(cluster.done).toEqual(leaving("x"));
    expect(tracesOf("x", cluster)).toEqual([]);
});

test("a server that does not respond is evicted from Raft, the pool and the catalog", async () => {
    const { cluster, request } = await lay(trio);
    cluster.stop("c");
    cluster.unhealthy.add("c");
    await leaveCluster(await request("c"));
    expect(cluster.done).toEqual([
        `a: ${forced("c")}`,
        "a: DELETE /v1/operator/raft/peer?id=id%20of%20c",
        'a: PUT /v1/catalog/deregister {"Node":"c"}',
    ]);
    expect(tracesOf("c", cluster)).toEqual([]);
    expect(said).toEqual(["c is still in Raft's configuration", "c is still in the catalog"]);
});

test("a client that does not respond is evicted too", async () => {
    const { cluster, request } = await lay(trio, ["x"]);
    cluster.stop("x");
    await leaveCluster(await request("x"));
    expect(cluster.done).toEqual([
        `a: ${forced("x")}`,
        'a: PUT /v1/catalog/deregister {"Node":"x"}',
    ]);
    expect(tracesOf("x", cluster)).toEqual([]);
});

test("an agent of another name at its address is left alone", async () => {
    const { cluster, request } = await lay(trio, ["x"]);
    const { httpAddress } = await request("b");
    await leaveCluster({ ...(await request("x")), httpAddress });
    expect(cluster.done.filter((line) => line.startsWith("b:"))).toEqual([]);
    expect(tracesOf("x", cluster)).toEqual([]);
});

test("an entry that a last sync leaves in the catalog is removed", async () => {
    const { cluster, request } = await lay(trio);
    cluster.reregistering.add("c");
    await leaveCluster(await request("c"));
    expect(cluster.done).toEqual([...leaving("c"), 'a: PUT /v1/catalog/deregister {"Node":"c"}']);
    expect(tracesOf("c", cluster)).toEqual([]);
});

test("during the teardown of the whole cluster no agent is asked anything", async () => {
    const { cluster, store, request } = await lay(trio);
    await beginTeardown({ store, owner });
    await leaveCluster(await request("a"));
    expect([cluster.done, said]).toEqual([[], []]);
    expect(cluster.leader).toBe("a");
});

test("during the teardown of another stack's cluster, this one is left properly", async () => {
    const { cluster, store, request } = await lay(trio);
    await beginTeardown({ store, owner: "consul-machines/other" });
    await leaveCluster(await request("c"));
    expect(cluster.done).toEqual(leaving("c"));
});

test("an election is waited for before a server leaves", async () => {
    quickClock();
    const { cluster, request } = await lay(trio);
    cluster.electionEnds = 700;
    await leaveCluster(await request("c"));
    expect(Date.now()).toBe(1000);
    expect(cluster.done).toEqual(leaving("c"));
    expect(said).toEqual(["c leaves the cluster"]);
});

test("a cluster without a leader cannot be left, and the command can be run again", async () => {
    quickClock();
    const { cluster, store, request } = await lay(trio);
    cluster.leader = "";
    // One that responds suffices: it would miss the others.
    const asked = await request("c");
    cluster.stop("b");
    await expect(leaveCluster(asked)).rejects.toThrow(
        new Error(
            "c: the cluster has no leader, so it cannot be left. Bring its servers back first; " +
                "or, if it is lost, run this with CONSUL_MACHINES_OVERRIDE_QUORUM=1.",
        ),
    );
    expect(Date.now()).toBe(20_500);
    expect([cluster.done, said]).toEqual([[], []]);
    expect(await entries(store)).toEqual(["machines"]);
    cluster.leader = "a";
    await leaveCluster(asked);
    expect(cluster.done).toEqual(leaving("c"));
});

test("a cluster without a leader is left as it is where the operator overrides the guard", async () => {
    stubEnv(overrideVariable, "1");
    const { cluster, store, request } = await lay(trio);
    cluster.leader = "";
    await leaveCluster(await request("c"));
    expect(Date.now()).toBeGreaterThan(20_000);
    expect(cluster.done).toEqual([]);
    expect(await entries(store)).toEqual(["machines"]);
});

test("where no other server answers there is no cluster to leave", async () => {
    const { cluster, store, request } = await lay(trio);
    const asked = await request("c");
    cluster.stop("a");
    cluster.stop("b");
    await leaveCluster(asked);
    expect(cluster.done).toEqual([]);
    expect(said).toEqual(["c: no other server answers; there is no cluster to leave"]);
    expect(await entries(store)).toEqual(["machines"]);
});

test("a server that the quorum needs does not leave, and the command can be run again", async () => {
    const { cluster, store, request } = await lay(trio);
    cluster.unhealthy.add("b");
    await expect(leaveCluster(await request("a"))).rejects.toThrow(
        /^a: without it 1 of 3 voters would be healthy, .* not healthy now: b\. Nothing was touched\./,
    );
    expect(cluster.done).toEqual([]);
    expect(await entries(store)).toEqual(["machines"]);
    cluster.unhealthy.clear();
    await leaveCluster(await request("a"));
    expect([...cluster.peers]).toEqual(["b", "c"]);
});

test("a server that the quorum needs leaves where the operator overrides the guard", async () => {
    stubEnv(overrideVariable, "1");
    const { cluster, request } = await lay(trio);
    cluster.unhealthy.add("b");
    await leaveCluster(await request("c"));
    expect(cluster.done).toEqual(leaving("c"));
});

test("to leave a second time succeeds", async () => {
    const { cluster, request } = await lay(trio);
    const asked = await request("c");
    await leaveCluster(asked);
    await leaveCluster(asked);
    expect(cluster.done).toEqual(leaving("c"));
});

test("of two that leave at once, the second one begins when the first one is evicted", async () => {
    const { cluster, request } = await lay(["a", "b", "c", "d", "e"]);
    const requests = await Promise.all(["d", "e"].map(request));
    await Promise.all(requests.map(leaveCluster));
    const [first = "", second = ""] = cluster.done
        .filter((line) => line.endsWith("/leave"))
        .map((line) => line.slice(0, 1));
    expect([first, second].sort()).toEqual(["d", "e"]);
    expect(cluster.done).toEqual([...leaving(first), ...leaving(second)]);
    expect([...cluster.peers]).toEqual(["a", "b", "c"]);
});

/** All machines of the trio stay declared: a server that leaves is being replaced. */
const declareTrio = (store: string) =>
    new Store(store).writeRoster({
        owner,
        name: "store",
        machines: trio.map((name) => `dev-${name}`),
    });

test("a server that is replaced leaves while the others are a quorum of all that are declared", async () => {
    const { cluster, store, request } = await lay(trio);
    await declareTrio(store);
    await leaveCluster(await request("a"));
    expect(cluster.done).toEqual(["a: POST /v1/operator/raft/transfer-leader", ...leaving("a")]);
});

test("of two that are replaced at once, the second one waits until the first one is back", async () => {
    const { cluster, store, request } = await lay(trio);
    await declareTrio(store);
    const [b, c] = [await request("b"), await request("c")];
    await leaveCluster(c);
    const second = leaveCluster(b);
    await vi.waitFor(() => {
        expect(said).toContain("1 of 2 other servers are healthy voters, 2 are needed");
    });
    expect(cluster.done).toEqual(leaving("c"));
    cluster.peers.add("c");
    await second;
    expect(cluster.done).toEqual([...leaving("c"), ...leaving("b")]);
});

test("a cluster that never formed is left at once, as after a first up that failed", async () => {
    const { cluster, request } = await lay(trio);
    cluster.leader = "";
    cluster.formed = false;
    await leaveCluster(await request("c"));
    expect(cluster.done).toEqual([]);
    expect(Date.now()).toBeLessThan(5000);
});

test("a server is not replaced when the one before it never comes back", async () => {
    // Twenty minutes, asked every second: a slow computer would not get through them all.
    quickClock(20);
    const { cluster, store, request } = await lay(trio);
    await declareTrio(store);
    const [b, c] = [await request("b"), await request("c")];
    await leaveCluster(c);
    await expect(leaveCluster(b)).rejects.toThrow(
        "b: its machine is not replaced after 1200 s: 1 of 2 other servers are healthy voters, " +
            "2 are needed. Nothing of it was touched. Bring the other servers back first; or, if " +
            "its data may be lost, run this with CONSUL_MACHINES_OVERRIDE_QUORUM=1.",
    );
    expect(cluster.done).toEqual(leaving("c"));
});
