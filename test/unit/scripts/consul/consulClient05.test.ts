import { expect, test } from "vitest";
import { clientAt, detectClientAt } from "../../../../scripts/consul/consulClient05.ts";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { ConsulClient05 } from "../../../../scripts/consul/consulClient05.ts";
import { fakeAgent, healthyCluster } from "../../../support/fakeConsul.ts";
import { FakeOlderCluster } from "../../../support/fakeOlderCluster.ts";

const trio = ["a", "b", "c"];

async function lay(servers: readonly string[] = trio, clients: readonly string[] = []) {
    const cluster = await FakeOlderCluster.start(servers, clients);
    return { cluster, api: new ConsulClient05(cluster.address("a")) };
}

/** The cluster's health, with the names of its healthy servers. */
async function healthOf(api: ConsulClient05) {
    const { Healthy, FailureTolerance, Servers } = await api.health();
    const healthy = Servers.filter((one) => one.Healthy).map(({ Name }) => Name);
    return { Healthy, FailureTolerance, healthy };
}

test("an agent's name is its id, and the index of its tables what it has applied", async () => {
    const { cluster, api } = await lay();
    cluster.indexes.set("a", 71);
    expect(await api.self()).toEqual({
        Config: { NodeName: "a", NodeID: "a", Datacenter: "dc1", Version: "0.5.2" },
        Stats: { raft: { applied_index: "71" } },
    });
});

test("a node that has left is no member, one that has failed is", async () => {
    const { cluster, api } = await lay(trio, ["x"]);
    cluster.leave("c");
    cluster.stop("x");
    expect((await api.members()).map(({ Name, Status }) => [Name, Status])).toEqual([
        ["a", 1],
        ["b", 1],
        ["x", 4],
    ]);
});

test("a cluster has formed once a server has peers", async () => {
    const { cluster, api } = await lay();
    expect(await api.hasRaftConfiguration()).toBe(true);
    cluster.peers.clear();
    expect(await api.hasRaftConfiguration()).toBe(false);
});

test("three servers that agree are healthy voters, one leads, and they tolerate one failure", async () => {
    const { cluster, api } = await lay();
    cluster.indexes.set("b", 90);
    const server = (name: string) => ({
        ...{ ID: name, Name: name, SerfStatus: "alive", Healthy: true, Voter: true },
        ...{ Leader: name === "a", LastIndex: name === "b" ? 90 : 100 },
    });
    expect(await api.health()).toEqual({
        Healthy: true,
        FailureTolerance: 1,
        Servers: trio.map(server),
    });
});

const others: readonly [string, (cluster: FakeOlderCluster) => void][] = [
    ["is not alive", (cluster) => cluster.members.set("c", 4)],
    ["does not answer itself", dead],
    ["follows another leader", (cluster) => cluster.leaders.set("c", "127.0.5.9:8300")],
    ["knows no leader", (cluster) => cluster.leaders.set("c", "")],
    ["has other peers", (cluster) => cluster.ownPeers.set("c", [cluster.raft("c")])],
    ["is a peer that gossip does not know", (cluster) => cluster.members.delete("c")],
];

function dead(cluster: FakeOlderCluster): void {
    cluster.stop("c");
    cluster.members.set("c", 1);
}

test.each(others)(
    "a server that %s is not healthy, and no failure is tolerated",
    async (_, make) => {
        const { cluster, api } = await lay();
        make(cluster);
        expect(await healthOf(api)).toEqual({
            Healthy: false,
            FailureTolerance: 0,
            healthy: ["a", "b"],
        });
    },
);

test("without a leader there is no health", async () => {
    const { cluster, api } = await lay();
    cluster.leader = "";
    await expect(api.health()).rejects.toThrow(new Error("the cluster has no leader"));
});

test("a peer is named after its member, also after one that has left", async () => {
    const { cluster, api } = await lay();
    cluster.members.set("c", 3);
    cluster.members.delete("b");
    expect((await api.raftPeers()).map(({ Node }) => Node)).toEqual(["a", cluster.raft("b"), "c"]);
});

test("no peer is removed by its id", async () => {
    const { cluster, api } = await lay();
    await expect(api.removePeer("c")).rejects.toThrow("c: Consul 0.5 removes no peer by its id");
    expect(cluster.done).toEqual([]);
});

test("the catalog lists a node under its name, or not at all", async () => {
    const { cluster, api } = await lay();
    cluster.catalog.delete("b");
    expect(await api.registeredId("a")).toBe("a");
    expect(await api.registeredId("b")).toBeUndefined();
});

test("the client fits the version of the agent, which is asked for it where it is unknown", async () => {
    const { cluster } = await lay(["a"]);
    const today = await fakeAgent(() => healthyCluster("a", ["a"]));
    expect(clientAt(today.url)).not.toBeInstanceOf(ConsulClient05);
    expect(clientAt(today.url, "0.5")).toBeInstanceOf(ConsulClient05);
    expect(await detectClientAt(cluster.address("a"))).toBeInstanceOf(ConsulClient05);
    expect(await detectClientAt(today.url)).not.toBeInstanceOf(ConsulClient05);
    expect(await detectClientAt("http://127.0.0.1:1")).toBeInstanceOf(ConsulClient);
});
