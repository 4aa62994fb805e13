import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AgentRequest } from "../../../../scripts/protocol/requests.ts";
import { agentReady } from "../../../../scripts/verbs/agentReady.ts";
import { agentSeen } from "../../../../scripts/verbs/agentSeen.ts";
import { registerServices } from "../../../../scripts/verbs/agentServices.ts";
import { clusterReady } from "../../../../scripts/verbs/clusterReady.ts";
import { certificates, makeCertificates } from "../../../support/certificates.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { accessFile, agentCertificate, earlier, FakeAcls } from "../../../support/securedAgents.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(1000);
});
afterEach(() => {
    vi.useRealTimers();
});

const trio = ["a", "b", "c"];

/** A secured cluster, and what the gates of its nodes are given. */
async function lay(clients: readonly string[] = []) {
    const acls = new FakeAcls();
    const cluster = await FakeCluster.start(trio, clients, acls);
    const access = await accessFile({ earlier: [earlier] });
    const store = await tempFolder();
    const engine = await fakeEngine((question) =>
        question.startsWith("PUT") ? { body: "" } : healthy(question, "", ""),
    );
    const request = async (nodeName: string): Promise<AgentRequest> => {
        await putMachine(store, `dev-${nodeName}`, engine.port, await certificates());
        return {
            nodeName,
            role: trio.includes(nodeName) ? "server" : "client",
            httpAddress: cluster.address(nodeName),
            servers: cluster.addresses(trio.filter((name) => name !== nodeName)),
            log: { store, machine: `dev-${nodeName}`, container: "consul" },
            reloadable: { file: "/consul-machines/reloadable.json", config: {} },
            access,
        };
    };
    return { acls, cluster, access, request };
}

const rolesOf = ({ granted }: FakeAcls) => new Set(granted.map((line) => line.split(": ")[1]));

test("before the first election a gate needs nothing but the agents' own tokens", async () => {
    const { acls, cluster, request } = await lay();
    cluster.leader = "";
    cluster.formed = false;
    acls.isBootstrapped = false;
    expect(await agentReady(await request("b"))).toBe("ready");
    const shared = { ...(await request("b")), askThrough: "a", httpAddress: cluster.address("a") };
    expect(await agentSeen(shared)).toBe("ready");
    expect(rolesOf(acls)).toEqual(new Set(["recovery"]));
    expect(said).toEqual([]);
});

test("a voter is ready, and a client in the catalog, by tokens for operating", async () => {
    const { acls, request } = await lay(["x"]);
    expect(await agentReady(await request("b"))).toBe("ready");
    expect(await agentReady(await request("x"))).toBe("ready");
    expect(acls.granted).toContain("b: operate: GET /v1/catalog/node/b");
    expect(acls.granted).toContain("x: operate: GET /v1/catalog/node/x");
    expect(rolesOf(acls)).toEqual(new Set(["recovery", "operate"]));
});

test("a server whose cluster formed before its tokens were made is ready all the same", async () => {
    const { acls, request } = await lay();
    acls.unknown.add("operate");
    expect(await agentReady(await request("c"))).toBe("ready");
    expect(rolesOf(acls)).toEqual(new Set(["recovery", "management"]));
});

test("agents that still have the tokens of before are asked with those", async () => {
    const { acls, request } = await lay();
    acls.unknown.clear();
    acls.unknown.add("operate").add("management");
    expect(await agentReady(await request("c"))).toBe("ready");
    expect(rolesOf(acls)).toEqual(new Set(["recovery", "operate (earlier)"]));
});

/** A server with the certificate of another CA. */
async function impostor(name: string): Promise<string> {
    const tls = await agentCertificate(name, await makeCertificates());
    return (await httpServer((_, response) => response.end("{}"), tls)).url;
}

test("no first election is held while a server answers that may hold the data", async () => {
    const { acls, cluster, request } = await lay();
    cluster.leader = "";
    cluster.formed = false;
    acls.isBootstrapped = false;
    const electionFile = "/consul-machines/election.json";
    const servers = { b: cluster.address("b"), c: await impostor("c") };
    await expect(agentReady({ ...(await request("a")), servers, electionFile })).rejects.toThrow(
        /^a: its agent at https:.* is not ready after 90 s: https:.* \(c\.node\.dc1\.consul\): what answers there has not proven to be this agent: /,
    );
});

test("a server that does not let us in counts for the quorum, and is no server that is down", async () => {
    const { cluster, request } = await lay();
    cluster.leader = "";
    const servers = { a: await impostor("a"), c: await impostor("c") };
    await expect(
        agentReady({ ...(await request("b")), servers, later: ["a", "c"] }),
    ).rejects.toThrow(/^b: .* is not ready after 240 s: the cluster has no leader/);
});

test("another node's agent at the address is not taken for this one", async () => {
    const { cluster, request } = await lay();
    await expect(
        agentReady({ ...(await request("b")), httpAddress: cluster.address("a") }),
    ).rejects.toThrow(
        /^b: its agent at .* is not ready after 90 s: .*altnames: Host: b\.node\.dc1/,
    );
});

test("the gate of the cluster asks each server by its name, and the contact by its own", async () => {
    const { acls, cluster, access } = await lay(["x"]);
    const gate = {
        servers: cluster.addresses(trio),
        clients: ["x"],
        contact: cluster.address("a"),
        access,
    };
    expect(await clusterReady({ ...gate, contactName: "a" })).toBe("whole");
    expect(new Set(acls.granted)).toEqual(
        new Set([
            ...trio.map((name) => `${name}: recovery: GET /v1/status/leader`),
            "a: recovery: GET /v1/agent/members",
            "a: operate: GET /v1/operator/autopilot/health",
            "a: operate: GET /v1/operator/autopilot/configuration",
            "a: operate: PUT /v1/operator/autopilot/configuration?cas=7",
        ]),
    );
    const swapped = { ...gate.servers, b: cluster.address("c") };
    await expect(clusterReady({ ...gate, servers: swapped, contactName: "a" })).rejects.toThrow(
        /^the cluster is not ready after 180 s: https:.* \(b\.node\.dc1\.consul\): what answers there/,
    );
});

test("where nodes share a machine, the one that is reached answers for each of them", async () => {
    const { acls, cluster, access } = await lay();
    const contact = cluster.address("a");
    const servers = Object.fromEntries(trio.map((name) => [name, contact]));
    const gate = { servers, clients: [], contact, contactName: "a", access };
    expect(await clusterReady(gate)).toBe("whole");
    expect(acls.granted.every((line) => line.startsWith("a: "))).toBe(true);
    expect(acls.granted).not.toEqual([]);
});

test("services are not registered with another node's agent", async () => {
    const { acls, cluster, access } = await lay();
    const request = { nodeName: "b", container: "c1", services: [], access };
    await expect(
        registerServices({ ...request, httpAddress: cluster.address("a") }),
    ).rejects.toThrow(/^b: its agent at https:.* does not answer$/);
    expect(acls.granted).toEqual([]);
});

test("without the rights to ask it a secured cluster is not asked", async () => {
    const { request } = await lay();
    await expect(agentReady({ ...(await request("b")), access: "/nowhere" })).rejects.toThrow(
        "/nowhere: the rights to ask this cluster are not on this computer.",
    );
});
