import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import type { MembershipRequest } from "../../../../scripts/protocol/requests.ts";
import { leaveCluster, withdrawMember } from "../../../../scripts/verbs/memberLeave.ts";
import { clearServer } from "../../../../scripts/verbs/serverClear.ts";
import { certificates, makeCertificates } from "../../../support/certificates.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { accessFile, agentCertificate, FakeAcls } from "../../../support/securedAgents.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

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

/** A secured cluster, whose machines share a store and an engine. */
async function lay(servers: readonly string[] = trio, clients: readonly string[] = []) {
    const acls = new FakeAcls();
    const cluster = await FakeCluster.start(servers, clients, acls);
    const access = await accessFile();
    const store = await tempFolder();
    const engine = await fakeEngine(() => ({ body: {} }));
    const member = async (nodeName: string): Promise<MembershipRequest> => {
        await putMachine(store, `dev-${nodeName}`, engine.port, await certificates());
        return {
            nodeName,
            role: servers.includes(nodeName) ? "server" : "client",
            httpAddress: cluster.address(nodeName),
            servers: cluster.addresses(servers.filter((name) => name !== nodeName)),
            agent: { store, machine: `dev-${nodeName}`, container: "consul" },
            owner,
            access,
        };
    };
    const clear = (nodeName: string, httpAddress = cluster.address(nodeName)) =>
        clearServer({ nodeName, httpAddress, container: "digest", access });
    return { acls, cluster, member, clear };
}

/** An agent that answers nothing that could be understood, and shows another CA's certificate. */
async function stranger(name: string) {
    const tls = await agentCertificate(name, await makeCertificates());
    return (await httpServer((_, response) => response.end('"10.9.9.9:8300"'), tls)).url;
}

const unproven = (node: string, why: string) =>
    new RegExp(
        `^${node}: what its change would cost the cluster is unknown, and nothing was touched: https://127` +
            `.0.0.1:\\d+ \\(${node}.node.dc1.consul\\): what answers there has not proven to be this agent: ` +
            `.*${why}.*; or, .* run this with ${overrideVariable}=1\\.$`,
    );

test("a clearance asks for what concerns the agent with its own token, and the rest with operate", async () => {
    const { acls, cluster, clear } = await lay();
    expect(await clear("a")).toBe("clear");
    expect(cluster.leader).toBe("b");
    expect(new Set(acls.granted)).toEqual(
        new Set([
            "a: recovery: GET /v1/status/leader",
            "a: operate: GET /v1/operator/autopilot/health",
            "a: operate: POST /v1/operator/raft/transfer-leader",
        ]),
    );
});

test("a snapshot is taken with the management token", async () => {
    const { acls, cluster, member } = await lay();
    const { access } = await member("b");
    const snapshots = { folder: await tempFolder(), datacenter: "dc1" };
    const httpAddress = cluster.address("b");
    await expect(
        clearServer({ nodeName: "b", httpAddress, container: "digest", access, snapshots }),
    ).rejects.toThrow(/no snapshot of https:.*not a complete snapshot/);
    expect(acls.granted.at(-1)).toBe("b: management: GET /v1/snapshot");
});

test("a server that does not respond is replaced as it is, as in an open cluster", async () => {
    const { cluster, clear } = await lay();
    cluster.stop("c");
    expect(await clear("c")).toBe("clear");
    expect(said).toEqual(["c reports no leader; it is replaced as it is"]);
});

test.each([
    ["a certificate of another CA", () => stranger("c"), "certificate signature failure"],
    [
        "one of another node",
        (cluster: FakeCluster) => Promise.resolve(cluster.address("b")),
        "does not match certificate's altnames",
    ],
    [
        "no TLS at all",
        async () => {
            const { url } = await httpServer((_, response) => response.end('""'));
            return url.replace("http:", "https:");
        },
        "wrong version number",
    ],
])("one that answers with %s is not taken for one that is down", async (_, addressOf, why) => {
    const { cluster, clear } = await lay();
    cluster.unhealthy.add("b");
    const address = await addressOf(cluster);
    await expect(clear("c", address)).rejects.toThrow(unproven("c", why));
    expect([cluster.done, said]).toEqual([[], []]);
    stubEnv(overrideVariable, "1");
    expect(await clear("c", address)).toBe("clear");
    expect(said.at(-1)).toBe("c reports no leader; it is replaced as it is");
});

test("neither is one that refuses the tokens", async () => {
    const { acls, cluster, clear } = await lay();
    acls.unknown.add("operate").add("management");
    await expect(clear("a")).rejects.toThrow(
        /^a: what its change .* nothing was touched: https:.* \(a\.node\.dc1\.consul\) refuses the tokens that this stack has: \/v1\/operator\/autopilot\/health: 403 Permission denied\. .*OVERRIDE_QUORUM=1\.$/,
    );
    expect(cluster.done).toEqual([]);
});

test("where the token for operating is missing, that of the servers' own configuration serves", async () => {
    const { acls, clear } = await lay();
    acls.unknown.add("operate");
    expect(await clear("b")).toBe("clear");
    expect(acls.granted.at(-1)).toBe("b: management: GET /v1/operator/autopilot/health");
});

test.each([
    ["is asked in plain, and the quorum counts", true],
    ["is never asked so in a cluster that is not being secured", undefined],
])("a server that still runs without TLS %s", async (_, securing) => {
    const acls = new FakeAcls();
    const open = await FakeCluster.start(trio, [], acls);
    open.unhealthy.add("b");
    await open.listen("c", { host: "127.0.6.1", port: 8500, isPlain: true });
    const access = await accessFile(securing === undefined ? {} : { securing });
    const httpAddress = "https://127.0.6.1:1";
    const cleared = clearServer({ nodeName: "c", httpAddress, container: "digest", access });
    if (securing === true) {
        await expect(cleared).rejects.toThrow(/^c: without it 1 of 3 voters would be healthy/);
        expect(acls.granted).toContain("c: recovery: GET /v1/status/leader");
    } else {
        expect(await cleared).toBe("clear");
        expect(acls.granted).toEqual([]);
    }
});

test("where nobody has looked it is given no token, and is not taken for one that is down", async () => {
    const acls = new FakeAcls();
    const open = await FakeCluster.start(trio, [], acls);
    await open.listen("c", { host: "127.0.6.2", port: 8500, isPlain: true });
    const access = await accessFile({ restored: true });
    const httpAddress = "https://127.0.6.2:1";
    await expect(
        clearServer({ nodeName: "c", httpAddress, container: "digest", access }),
    ).rejects.toThrow(/^c: what its change would cost the cluster is unknown/);
    expect(acls.granted).toEqual(["c: nobody: GET /v1/status/leader"]);
});

test("a member leaves with its own token, and is evicted with that for operating", async () => {
    const { acls, cluster, member } = await lay(trio, ["x"]);
    cluster.reregistering.add("x");
    await leaveCluster(await member("x"));
    expect([...cluster.members, ...cluster.catalog]).toEqual([...trio, ...trio]);
    expect(acls.granted).toContain("x: recovery: PUT /v1/agent/leave");
    expect(acls.granted).toContain("a: operate: PUT /v1/catalog/deregister");
});

test("a catalog that does not show all is no proof that a node is gone", async () => {
    const { acls, cluster, member } = await lay(trio, ["x"]);
    acls.hidden.add("/v1/catalog/node/x");
    await expect(leaveCluster(await member("x"))).rejects.toThrow(
        "after 60 s: /v1/catalog/node/x: 403 the token may not see all of the answer",
    );
    expect(cluster.done.filter((line) => line.includes("deregister"))).toEqual([]);
});

test("a node that cannot be verified is not evicted as one that is down", async () => {
    const { cluster, member } = await lay();
    const request = { ...(await member("c")), httpAddress: await stranger("c") };
    await expect(leaveCluster(request)).rejects.toThrow(unproven("c", ""));
    expect([...cluster.members]).toEqual(trio);
    stubEnv(overrideVariable, "1");
    await leaveCluster(request);
    expect([...cluster.members]).toEqual(["a", "b"]);
});

test("another node of the cluster at its address is left alone, and the node evicted", async () => {
    const { cluster, member } = await lay(trio, ["x"]);
    await leaveCluster({ ...(await member("x")), httpAddress: cluster.address("b") });
    expect(cluster.done.filter((line) => line.startsWith("b:"))).toEqual([]);
    expect([...cluster.members]).toEqual(trio);
});

test("servers that cannot be verified are not a cluster that is gone", async () => {
    const { cluster, member } = await lay();
    const servers = { a: await stranger("a"), b: "https://127.0.0.1:1" };
    await expect(leaveCluster({ ...(await member("c")), servers })).rejects.toThrow(
        /^c: what its change would cost .*\(a\.node\.dc1\.consul\): what answers there has not proven/,
    );
    // One that knows a leader suffices.
    const led = { ...servers, b: cluster.address("b") };
    await leaveCluster({ ...(await member("c")), servers: led });
    expect([...cluster.members]).toEqual(["a", "b"]);
});

test("of nodes on one machine the one that is reached is asked by its own name", async () => {
    const { acls, cluster, member } = await lay();
    const about = { ...(await member("c")), askThrough: "a", httpAddress: cluster.address("a") };
    cluster.unhealthy.add("b");
    await expect(withdrawMember(about)).rejects.toThrow(/^c: without it 1 of 3 voters/);
    expect(new Set(acls.granted)).toEqual(
        new Set([
            "a: recovery: GET /v1/status/leader",
            "a: operate: GET /v1/operator/autopilot/health",
        ]),
    );
    const wrong = { ...about, httpAddress: cluster.address("b") };
    await expect(withdrawMember(wrong)).rejects.toThrow(/nothing was touched.*altnames/);
});
