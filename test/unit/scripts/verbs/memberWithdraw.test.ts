import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { beginTeardown } from "../../../../scripts/machine/teardownMarker.ts";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import type { MembershipRequest } from "../../../../scripts/protocol/requests.ts";
import { withdrawMember } from "../../../../scripts/verbs/memberLeave.ts";
import { certificates } from "../../../support/certificates.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import { fakeAgent, healthyCluster } from "../../../support/fakeConsul.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
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

const owner = "consul-machines/dev";
const machine = "dev-machine";
const trio = ["a", "b", "c"];

/** Nodes on one machine, "a" reached from outside; requests to its engine change the cluster. */
async function lay(servers: readonly string[], clients: readonly string[] = []) {
    const cluster = await FakeCluster.start(servers, clients);
    const store = await tempFolder();
    const stopped = new Set<string>();
    const engine = await fakeEngine((request, body) => {
        // Asked for where an agent is that is silent: a question changes nothing.
        if (request !== "GET /containers/json") {
            cluster.done.push(`engine: ${request} ${body}`.trim());
        }
        const [, container = ""] = /\/containers\/(\w+)\//.exec(request) ?? [];
        if (request.endsWith("/exec")) {
            return { body: { Id: container } };
        }
        const [, left] = /\/exec\/(\w+)\/start$/.exec(request) ?? [];
        if (left !== undefined) {
            stopped.add(left);
            cluster.members.delete(left);
            cluster.peers.delete(left);
            cluster.catalog.delete(left);
            return { status: 200 };
        }
        return { body: { State: { Running: !stopped.has(container) } } };
    });
    await putMachine(store, machine, engine.port, await certificates());
    const request = (nodeName: string): MembershipRequest => ({
        nodeName,
        role: servers.includes(nodeName) ? "server" : "client",
        httpAddress: cluster.address("a"),
        askThrough: "a",
        servers: Object.fromEntries(trio.map((name) => [name, cluster.address("a")])),
        agent: { store, machine, container: nodeName },
        owner,
    });
    return { cluster, store, request };
}

const fromInside = (name: string) => [
    `engine: POST /containers/${name}/update {"RestartPolicy":{"Name":"no"}}`,
    `engine: POST /containers/${name}/exec {"Cmd":["consul","leave"]}`,
    `engine: POST /exec/${name}/start {"Detach":true}`,
    `engine: GET /containers/${name}/json`,
];

test("a node leaves by a command in its own container, which is not started again", async () => {
    const { cluster, request } = await lay(trio, ["x"]);
    await withdrawMember(request("x"));
    expect(cluster.done).toEqual(fromInside("x"));
    expect([...cluster.members]).toEqual(trio);
    expect(said).toEqual(["x leaves the cluster"]);
});

test("a leader transfers its leadership before it leaves", async () => {
    const { cluster, request } = await lay(trio);
    cluster.leader = "c";
    await withdrawMember(request("c"));
    expect(cluster.done).toEqual(["a: POST /v1/operator/raft/transfer-leader", ...fromInside("c")]);
    expect(cluster.leader).toBe("b");
});

test("a server that the quorum needs stays", async () => {
    const { cluster, request } = await lay(trio);
    cluster.unhealthy.add("b");
    await expect(withdrawMember(request("c"))).rejects.toThrow(overrideVariable);
    expect(cluster.done).toEqual([]);
});

test("where no cluster answers there is no cluster to leave", async () => {
    const { cluster, request } = await lay(trio);
    cluster.stop("a");
    await withdrawMember({ ...request("c"), httpAddress: "http://127.0.0.1:1" });
    expect(cluster.done).toEqual([]);
    expect(said).toEqual([
        "c: no cluster answers at http://127.0.0.1:1; there is no cluster to leave",
    ]);
});

test("during the teardown of the cluster no node leaves it", async () => {
    const { cluster, store, request } = await lay(trio);
    await beginTeardown({ store, owner });
    await withdrawMember(request("c"));
    expect(cluster.done).toEqual([]);
});

test("a machine that has all of the data is not replaced, unless the operator insists", async () => {
    const { store, request } = await lay(trio);
    const { url } = await fakeAgent(() => healthyCluster("a", trio));
    await new Store(store).writeRoster({
        owner,
        name: "store",
        machines: [machine, `${machine}/c`],
    });
    const replaced = { ...request("c"), httpAddress: url };

    await expect(withdrawMember(replaced)).rejects.toThrow(
        'c: its machine "dev-machine" is to be replaced, and all of the cluster\'s data are on it. ' +
            "Nothing was touched. Take a snapshot first (`consul snapshot save`), then run this " +
            `with ${overrideVariable}=1, and restore the snapshot afterwards.`,
    );
    stubEnv(overrideVariable, "1");
    await expect(withdrawMember(replaced)).resolves.toBeUndefined();
});
