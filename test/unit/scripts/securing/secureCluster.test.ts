import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import type { AccessRequest } from "../../../../scripts/protocol/security.ts";
import { readAccess } from "../../../../scripts/security/accessFile.ts";
import { makeCa, writeRights } from "../../../../scripts/verbs/clusterAccess.ts";
import { FakeOpenCluster } from "../../../support/fakeOpenCluster.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { origin, secrets } from "../../../support/securedAgents.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { parseJson } from "../../../../scripts/system/json.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(10);
});
afterEach(() => {
    vi.useRealTimers();
});

const ca = await makeCa();
const trio = ["a", "b", "d", "c1"];
const tokensFile = "/consul-machines/tokens.json";
const configFile = "/consul-machines/agent.json";

/** An open cluster that runs, and the request by which it is secured. */
async function laid(names: readonly string[] = trio, config: object = {}) {
    const cluster = await FakeOpenCluster.start(names, config);
    const rights = await cluster.rightsOf();
    const { seed } = origin;
    const request: AccessRequest = { ...rights, datacenter: "dc1", domain: "consul", seed, ca };
    return { cluster, request };
}

const done = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 2]));

test("all agents restart twice, servers first, one by one, the leader last by transfer", async () => {
    const { cluster, request } = await laid();
    await writeRights(request);
    const round = (...order: string[]) => order.flatMap((one) => [`${one} stops`, `${one} starts`]);
    expect(cluster.log).toEqual([
        ...round("b", "d"),
        "a hands over",
        ...round("a", "c1"),
        ...round("a", "d"),
        "b hands over",
        ...round("b", "c1"),
    ]);
    for (const { done: changes } of cluster.machines.values()) {
        expect(changes.filter((line) => line.startsWith("exec"))).toEqual(["exec consul reload"]);
    }
    expect([cluster.rounds, cluster.violations]).toEqual([done(trio), []]);
    expect(await readAccess(request.access)).toMatchObject({ securing: true });
});

test("once all are prepared, the same again touches nothing", async () => {
    const { cluster, request } = await laid();
    await writeRights(request);
    const { changes } = cluster;
    await writeRights(request);
    // Also where the file was lost.
    await rm(request.access);
    await writeRights(request);
    expect(cluster.changes).toBe(changes);
    expect(await readAccess(request.access)).toMatchObject({ securing: true });
});

test("no agent has a token before the cluster knows it, and none is denied anything", async () => {
    const { cluster, request } = await laid(["a"]);
    let first: unknown;
    const machine = cluster.machines.get("a");
    const started = machine?.started;
    if (machine !== undefined) {
        machine.started = () => {
            first ??= parseJson(cluster.file("a", tokensFile) ?? "");
            started?.();
        };
    }
    await writeRights(request);
    const { secretId: recovery } = secrets.nodeToken("recovery", "a");
    const { secretId: management } = secrets.token("management");
    expect(first).toEqual({
        acl: { tokens: { agent_recovery: recovery, initial_management: management } },
    });
    expect(parseJson(cluster.file("a", tokensFile) ?? "")).toMatchObject({
        acl: { tokens: { agent: secrets.nodeToken("agent", "a").secretId } },
    });
    expect(parseJson(cluster.file("a", configFile) ?? "")).toMatchObject({
        a: 1,
        acl: { default_policy: "allow" },
        encrypt_verify_incoming: false,
        encrypt_verify_outgoing: true,
        ports: { https: 8501, serf_wan: -1 },
        tls: {
            defaults: { verify_incoming: true, verify_outgoing: true },
            internal_rpc: { verify_server_hostname: true },
        },
    });
    expect(machine?.files.get("/consul/data/serf/local.keyring")).toEqual({
        text: JSON.stringify([secrets.gossipKey]),
        mode: 0o600,
        uid: 100,
        gid: 1000,
    });
});

test("what was registered without a token goes on with one; another's token stays", async () => {
    const { cluster, request } = await laid(["a", "c1"]);
    const files = cluster.machines.get("c1")?.files;
    const place = { mode: 0o600, uid: 0, gid: 0 };
    const of = (Token: string) => JSON.stringify({ Token, Service: { ID: "web", Port: 80 } });
    files?.set("/consul/data/services/1", { text: of(""), ...place });
    files?.set("/consul/data/services/2", { text: of("theirs"), ...place });
    files?.set("/consul/data/checks/1", { text: '{"Token":"","Check":{}}', ...place });
    files?.set("/consul/data/checks/2", { text: "half", ...place });
    await writeRights(request);
    const { secretId } = secrets.token("services");
    expect(files?.get("/consul/data/services/1")).toEqual({ text: of(secretId), ...place });
    expect(files?.get("/consul/data/services/2")?.text).toBe(of("theirs"));
    expect(files?.get("/consul/data/checks/1")?.text).toContain(secretId);
    expect(files?.get("/consul/data/checks/2")?.text).toBe("half");
});

test("killed anywhere, it goes on with the next run", { timeout: 120_000 }, async () => {
    const pair = ["a", "b"];
    const { cluster: whole, request: all } = await laid(pair);
    await writeRights(all);
    expect(whole.changes).toBeGreaterThan(20);
    whole.close();
    for (let at = 1; at <= whole.changes; at += 2) {
        const cluster = await FakeOpenCluster.start(pair);
        const request = { ...all, ...(await cluster.rightsOf()) };
        cluster.failsFrom = at;
        await expect(writeRights(request), `change ${at}`).rejects.toThrow("killed");
        cluster.failsFrom = Infinity;
        await writeRights(request);
        expect([at, cluster.rounds, cluster.violations]).toEqual([at, done(pair), []]);
        cluster.close();
    }
});

test.each([
    ["is declared nowhere", "old is a member of it and not declared here"],
    ["does not run", "the container of d does not run"],
    ["has no machine that answers", 'd: the machine "dev-server-1" does not answer'],
    ["was secured by hand", "d: its agent runs with encrypt of the setting agentConfig"],
])("where a node %s, nothing is touched", async (what, message) => {
    const { cluster, request } = await laid();
    const machine = cluster.machines.get("d");
    if (what === "is declared nowhere") {
        cluster.strangers.push("old");
    } else if (what === "does not run" && machine !== undefined) {
        machine.container = { isRunning: false, hasVolumes: false };
    } else if (what === "was secured by hand") {
        const text = JSON.stringify({ encrypt: "a2V5" });
        machine?.files.set(configFile, { text, mode: 0o644, uid: 0, gid: 0 });
    } else if (machine !== undefined) {
        await rm(`${machine.store}/machines/${machine.machine}`, { recursive: true });
    }
    await expect(writeRights(request)).rejects.toThrow(message);
    expect([cluster.changes, cluster.log]).toEqual([0, []]);
});

test("a server that does not come back ends it, with its name, and no other is stopped", async () => {
    const { cluster, request } = await laid();
    cluster.broken.add("b");
    await expect(writeRights(request)).rejects.toThrow("b: it was restarted, and is not back");
    expect(cluster.log).toEqual(["b stops", "b starts"]);
    cluster.broken.clear();
    await writeRights(request);
    expect([cluster.rounds, cluster.violations]).toEqual([done(trio), []]);
});

test("a cluster that tolerates no failure is secured where the operator overrides that", async () => {
    const { cluster, request } = await laid(["a", "b", "d"]);
    const machine = cluster.machines.get("d");
    cluster.unhealthy.add("d");
    await expect(writeRights(request)).rejects.toThrow(overrideVariable);
    expect(cluster.log).toEqual([]);
    expect(machine?.done).toEqual([]);
    stubEnv(overrideVariable, "1");
    cluster.unhealthy.clear();
    await writeRights(request);
    expect(cluster.rounds).toEqual(done(["a", "b", "d"]));
});

test("half-way no other secrets are taken", async () => {
    const { request } = await laid();
    await writeRights(request);
    const rotation = { ...request.rotation, gossip: 2 };
    await expect(writeRights({ ...request, rotation })).rejects.toThrow(
        "the cluster is being secured, and is to have other secrets",
    );
    expect(said.at(-1)).not.toContain("trust");
});
