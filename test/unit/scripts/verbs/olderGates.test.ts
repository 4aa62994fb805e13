import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentReady } from "../../../../scripts/verbs/agentReady.ts";
import { clusterReady } from "../../../../scripts/verbs/clusterReady.ts";
import { leaveCluster } from "../../../../scripts/verbs/memberLeave.ts";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import { clearServer } from "../../../../scripts/verbs/serverClear.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { FakeOlderCluster } from "../../../support/fakeOlderCluster.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(500);
});
afterEach(() => {
    vi.useRealTimers();
});

const trio = ["a", "b", "c"];

/** A cluster of Consul 0.5.2, and what the gates of its node "c" are given. */
async function lay(clients: readonly string[] = []) {
    const cluster = await FakeOlderCluster.start(trio, clients);
    const store = await tempFolder();
    let isRunning = true;
    const engine = await fakeEngine((request, body) => {
        cluster.done.push(`engine: ${request.split("?")[0] ?? ""} ${body}`.trim());
        if (request.endsWith("/exec")) {
            return { body: { Id: "leave" } };
        }
        if (request.endsWith("/start")) {
            isRunning = false;
            cluster.leave("c");
        }
        return request.startsWith("GET /containers/consul/archive")
            ? undefined
            : { body: { State: { Running: isRunning } } };
    });
    await putMachine(store, "dev-c", engine.port, await certificates());
    const container = { store, machine: "dev-c", container: "consul" };
    const node = {
        nodeName: "c",
        role: "server",
        httpAddress: cluster.address("c"),
        servers: cluster.addresses(["a", "b"]),
        api: "0.5",
    } as const;
    return { cluster, node, container };
}

function wholeOf(cluster: FakeOlderCluster, clients: readonly string[] = []): Promise<string> {
    const contact = cluster.address("a");
    return clusterReady({ servers: cluster.addresses(trio), clients, contact, api: "0.5" });
}

test("the cluster is ready when every server has all as peers under one leader, clients alive", async () => {
    const { cluster } = await lay(["x"]);
    expect(await wholeOf(cluster, ["x"])).toBe("whole");
    expect(cluster.done).toEqual([]);
});

test.each<[string, (cluster: FakeOlderCluster) => unknown, string]>([
    [
        "a server is no peer",
        (cluster) => cluster.peers.delete("c"),
        "after 180 s: not yet healthy voters: c",
    ],
    [
        "a server has not got its peers yet",
        (cluster) => cluster.ownPeers.set("c", []),
        "after 180 s: not yet healthy voters: c",
    ],
    [
        "two servers lead",
        (cluster) => cluster.leaders.set("c", cluster.raft("c")),
        "after 180 s: several leaders: a says 127.0.5.1:8300, b says 127.0.5.1:8300, c says 127.0.5.3:8300",
    ],
    [
        "a peer is left of a server that is gone",
        (cluster) => cluster.peers.add("gone"),
        "after 180 s: the leader calls the cluster unhealthy",
    ],
    ["a client has failed", (cluster) => cluster.members.set("x", 4), "after 180 s: not alive: x"],
])("it is not while %s", async (_, make, missing) => {
    const { cluster } = await lay(["x"]);
    make(cluster);
    await expect(wholeOf(cluster, ["x"])).rejects.toThrow(
        new Error(`the cluster is not ready ${missing}`),
    );
});

test("a lost server that is no longer declared is no problem: it is evicted afterwards", async () => {
    const { cluster } = await lay();
    cluster.stop("c");
    const contact = cluster.address("a");
    const servers = cluster.addresses(["a", "b"]);
    expect(await clusterReady({ servers, clients: [], contact, api: "0.5" })).toBe("whole");
});

test("a server is ready once it is a peer that has what the leader has", async () => {
    const { cluster, node, container } = await lay();
    const reloadable = { file: "/consul-machines/reloadable.json", config: {} };
    const ready = () => agentReady({ ...node, log: container, reloadable });
    expect(await ready()).toBe("ready");
    cluster.indexes.set("c", 3);
    await expect(ready()).rejects.toThrow("it has applied 3 of 100 log entries");
});

test("a leader is cleared as it is, because it cannot transfer leadership", async () => {
    const { cluster, node } = await lay();
    cluster.leader = "c";
    expect(await clearServer({ ...node, container: "digest" })).toBe("clear");
    expect(said).toEqual([
        "c leads, and cannot transfer leadership: the others elect once it stops",
    ]);
    expect(cluster.done).toEqual([]);
});

test("a server that the quorum needs is not cleared", async () => {
    const { cluster, node } = await lay();
    cluster.stop("b");
    await expect(clearServer({ ...node, container: "digest" })).rejects.toThrow(overrideVariable);
});

test("a server leaves by the command in its own container, and the others evict it", async () => {
    const { cluster, node, container } = await lay();
    await leaveCluster({ ...node, agent: container, owner: "consul-machines/dev" });
    expect(cluster.done).toEqual([
        'engine: POST /containers/consul/update {"RestartPolicy":{"Name":"no"}}',
        'engine: POST /containers/consul/update {"RestartPolicy":{"Name":"no"}}',
        'engine: POST /containers/consul/exec {"Cmd":["consul","leave"]}',
        'engine: POST /exec/leave/start {"Detach":true}',
        "engine: GET /containers/consul/json",
    ]);
    expect([...cluster.peers]).toEqual(["a", "b"]);
});

test("a server that does not respond is evicted, which removes it from Raft", async () => {
    const { cluster, node, container } = await lay();
    cluster.stop("c");
    await leaveCluster({ ...node, agent: container, owner: "consul-machines/dev" });
    expect(cluster.done).toEqual(["a: PUT /v1/agent/force-leave/c?prune=1"]);
    expect(said).toEqual(["c is still in Raft's configuration"]);
    expect([...cluster.peers]).toEqual(["a", "b"]);
});
