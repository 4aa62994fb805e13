import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentReady } from "../../../../scripts/verbs/agentReady.ts";
import type { AgentRequest } from "../../../../scripts/protocol/requests.ts";
import { certificates } from "../../../support/certificates.ts";
import { packed } from "../../../support/containerFiles.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { deletionCall, deletionsOf } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy, leavingFlows, type Answers } from "../../../support/fakeEngine.ts";
import {
    fakeAgent,
    formingServer,
    member,
    serverHealth,
    healthyCluster,
    type AgentAnswers,
} from "../../../support/fakeConsul.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
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

const trio = ["server-1", "server-2", "server-3"];

/** Asks whether server-2 is ready, which says this; the others answer, unless others are given. */
async function askAbout(
    say: (written: number) => AgentAnswers,
    over: Partial<AgentRequest> = {},
): Promise<{ readonly answer: Promise<string>; readonly written: string[]; readonly url: string }> {
    const { url, written } = await fakeAgent(say);
    const empty = { ...formingServer("server-1"), voters: undefined };
    const [one, three] = await Promise.all([fakeAgent(() => empty), fakeAgent(() => empty)]);
    const store = await tempFolder();
    const engine = await fakeEngine((question) =>
        question.startsWith("PUT") ? { body: "" } : healthy(question, "", ""),
    );
    await putMachine(store, "dev-server-2", engine.port, await certificates());
    const request: AgentRequest = {
        nodeName: "server-2",
        role: "server",
        httpAddress: url,
        servers: { "server-1": one.url, "server-3": three.url },
        log: { store, machine: "dev-server-2", container: "consul" },
        reloadable: { file: "/consul-machines/reloadable.json", config: {} },
        ...over,
    };
    return { answer: agentReady(request), written, url };
}

/** The failure's message up to the log, without the address. */
async function failureOf(say: () => AgentAnswers, over: Partial<AgentRequest> = {}) {
    const { answer, url } = await askAbout(say, over);
    const error: unknown = await answer.catch((failure: unknown) => failure);
    const message = error instanceof Error ? error.message : "it did not fail";
    return message.replaceAll(url, "ADDRESS").split("\n")[0];
}

const complete = healthyCluster("server-2", trio);
const health = (two: Parameters<typeof serverHealth>[1], FailureTolerance = 1) => ({
    ...complete,
    health: {
        Healthy: true,
        FailureTolerance,
        Servers: [
            serverHealth("server-1", { Leader: true, LastIndex: 1000 }),
            serverHealth("server-2", two),
            serverHealth("server-3"),
        ],
    },
});

test("while no server has formed a cluster, a server that answers is ready at once", async () => {
    const { answer, written } = await askAbout(() => formingServer("server-2"));
    expect(await answer).toBe("ready");
    expect(written).toEqual([]);
    expect(Date.now()).toBe(0);
});

test("while too few servers answer for a quorum, a server that answers is ready at once", async () => {
    const leaderless = { ...complete, leader: "" };
    const { answer } = await askAbout(() => leaderless, {
        servers: { "server-1": "http://127.0.0.1:1", "server-3": "http://127.0.0.1:2" },
    });
    expect(await answer).toBe("ready");
    expect(said).toEqual(["server-2: 1 of 3 servers answer: no quorum"]);
});

test("of an agent in a new container its machine deletes the stale flows, and of no other", async () => {
    const { port } = await fakeEngine((question, ...more) =>
        question.startsWith("PUT") ? { body: "" } : leavingFlows(question, ...more),
    );
    const ssh = { says: deletionsOf(2) };
    const { binary, store, calls } = await fakeDockerMachine(await tempFolder(), { ssh });
    const machine = "dev-server-2";
    await putMachine(store, machine, port, await certificates());
    const log = { store, machine, container: "consul" };
    const { answer } = await askAbout(() => formingServer("server-2"), { log, binary });
    expect(await answer).toBe("ready");
    expect(await calls()).toEqual([deletionCall(machine, 8301)]);
    expect(said).toEqual([]);
});

test("a voter of a cluster that has formed is ready once it was one for longer than a health interval", async () => {
    const { answer, written } = await askAbout(() => complete);
    expect(await answer).toBe("ready");
    expect(written).toEqual([]);
    expect(Date.now()).toBeGreaterThanOrEqual(2500);
    expect(said).toEqual([]);
});

/** An engine's answers about a container that was made at noon, with a node id of that time. */
async function containerOf(idWrittenAt: string): Promise<Answers> {
    const identity = await packed("node-id", "an id", new Date(idWrittenAt));
    return (question, ...more) => {
        switch (question) {
            case "GET /containers/consul/json":
                return {
                    body: {
                        Created: "2026-11-25T12:00:00.700123456Z",
                        State: { Status: "running" },
                    },
                };
            case "GET /containers/consul/archive?path=/consul/data/node-id":
                return { body: identity };
            default:
                return question.startsWith("PUT") ? { body: "" } : healthy(question, ...more);
        }
    };
}

test.each([
    ["by its container is ready as soon as it votes", "2026-11-25T12:00:00Z", true],
    ["before its container is not ready at once", "2026-11-25T11:59:59Z", false],
])("a voter whose identity was made %s", async (_, idWrittenAt, atOnce) => {
    const engine = await fakeEngine(await containerOf(idWrittenAt));
    const store = await tempFolder();
    await putMachine(store, "dev-server-2", engine.port, await certificates());
    const { answer } = await askAbout(() => complete, {
        log: { store, machine: "dev-server-2", container: "consul" },
    });
    expect(await answer).toBe("ready");
    expect(Date.now() < 2500).toBe(atOnce);
});

test("an empty server is waited for once any other server has formed the cluster", async () => {
    const other = await fakeAgent(() => healthyCluster("server-1", trio));
    const empty = {
        ...formingServer("server-2"),
        members: [member("server-2"), member("server-1")],
    };
    expect(await failureOf(() => empty, { servers: { "server-1": other.url } })).toBe(
        "server-2: its agent at ADDRESS is not ready after 240 s: the cluster has no leader",
    );
});

test("a server that sees no other joins them, and is ready when they have accepted it", async () => {
    const alone = { ...complete, members: [member("server-2"), member("server-1", 4)] };
    const { answer, written } = await askAbout((joins) => (joins < 2 ? alone : complete));
    expect(await answer).toBe("ready");
    expect(written).toEqual(["PUT /v1/agent/join/127.0.0.1", "PUT /v1/agent/join/127.0.0.1"]);
    expect(said).toEqual(["joining server-1", "joining server-3"]);
});

test.each(["server", "client"] as const)(
    "a %s whose data were lost gets its name back from its earlier identity",
    async (role) => {
        const before = {
            ...complete,
            catalog: { ...complete.catalog, "server-2": "an earlier id" },
        };
        const { answer, written } = await askAbout((count) => (count === 0 ? before : complete), {
            role,
        });
        expect(await answer).toBe("ready");
        expect(written).toEqual(['PUT /v1/catalog/deregister {"Node":"server-2"}']);
        expect(said).toEqual(["the catalog still listed it under an earlier identity"]);
    },
);

test("a client that is not in the catalog is not ready", async () => {
    const unlisted = { ...complete, catalog: {} };
    expect(await failureOf(() => unlisted, { role: "client" })).toBe(
        "server-2: its agent at ADDRESS is not ready after 240 s: the catalog does not list it yet",
    );
});

test.each<[string, AgentAnswers, string]>([
    ["without a leader", { ...complete, leader: "" }, "the cluster has no leader"],
    [
        "that the leader does not know",
        { ...complete, nodeId: "another" },
        "the leader does not know it yet",
    ],
    ["that does not vote", health({ Voter: false }), "it is not a voter yet"],
    ["that has failed", health({ SerfStatus: "failed" }), "the leader sees it failed and healthy"],
    ["that is unhealthy", health({ Healthy: false }), "the leader sees it alive and not healthy"],
    ["that lags behind", health({}), "it has applied 100 of 1000 log entries"],
    [
        "whose cluster tolerates no failure",
        { ...health({}, 0), appliedIndex: 950 },
        "the cluster could not tolerate the failure of another server",
    ],
    [
        "whose cluster cannot be asked",
        { ...complete, health: 500 },
        "/v1/operator/autopilot/health: 500 No cluster leader",
    ],
])("a server %s is not ready, and the error says so with its name", async (_, says, lacking) => {
    expect(await failureOf(() => says)).toBe(
        `server-2: its agent at ADDRESS is not ready after 240 s: ${lacking}`,
    );
    // What is tried against it is another matter.
    expect(said.filter((line) => !line.includes(" is to lead"))).toEqual([lacking]);
});

test.each([
    ["has failed", 4],
    ["autopilot has removed", 3],
])("two voters whose declared third one %s tolerate no other failure", async (_, status) => {
    const pair = healthyCluster("server-2", ["server-1", "server-2"]);
    const lost = { ...pair, members: [...pair.members, member("server-3", status)] };
    expect(await failureOf(() => lost)).toBe(
        "server-2: its agent at ADDRESS is not ready after 240 s: server-3 has failed",
    );
    expect(said).toEqual(["server-3 has failed"]);
});

/** The answers of a cluster of three that tolerates no failure, because this server is unhealthy. */
function degradedBy(unhealthy: string): AgentAnswers {
    const Servers = trio.map((name) =>
        serverHealth(name, {
            Leader: name === "server-2",
            ...(name === unhealthy ? { Healthy: false, SerfStatus: "failed" } : {}),
        }),
    );
    const members = trio.map((name) => member(name, name === unhealthy ? 4 : 1));
    return { ...complete, members, health: { Healthy: false, FailureTolerance: 0, Servers } };
}

test.each([
    ["counts", degradedBy("server-3")],
    [
        "has counted out",
        {
            ...healthyCluster("server-2", ["server-1", "server-2"]),
            members: degradedBy("server-3").members,
        },
    ],
])(
    "a server that autopilot %s and that is down is not waited for before its turn",
    async (_, says) => {
        const other = await fakeAgent(() => healthyCluster("server-1", trio));
        const servers = { "server-1": other.url, "server-3": "http://127.0.0.1:1" };
        const { answer } = await askAbout(() => says, { servers, later: ["server-3"] });
        expect(await answer).toBe("ready");
        expect(said).toEqual([]);
    },
);

test.each([
    { which: "that is up", unhealthy: "server-3", down: undefined },
    { which: "before it", unhealthy: "server-1", down: "server-1" },
])("an unhealthy one is waited for $which", async ({ unhealthy, down }) => {
    const other = await fakeAgent(() => healthyCluster("server-1", trio));
    const addresses = ["server-1", "server-3"].map((name) => {
        return [name, name === down ? "http://127.0.0.1:1" : other.url] as const;
    });
    const over = { servers: Object.fromEntries(addresses), later: ["server-3"] };
    expect(await failureOf(() => degradedBy(unhealthy), over)).toBe(
        "server-2: its agent at ADDRESS is not ready after 240 s: the cluster could not tolerate " +
            "the failure of another server",
    );
});

test.each([
    ["a leader", { ...complete, leader: "" }, "the cluster has no leader"],
    ["its place", { ...complete, nodeId: "another" }, "the leader does not know it yet"],
])("%s that only a server to come can bring is not waited for long", async (_, says, lacking) => {
    quickClock(10);
    const other = await fakeAgent(() => healthyCluster("server-1", trio));
    const servers = { "server-1": other.url, "server-3": "http://127.0.0.1:1" };
    const over = { servers, later: ["server-3"] };
    const { answer } = await askAbout(() => says, over);
    expect(await answer).toBe("ready");
    expect(Date.now()).toBeGreaterThan(20_000);
    expect(Date.now()).toBeLessThan(40_000);
    expect(said).toEqual([lacking]);
});

test("a server that its leader does not bring up to date has another server lead", async () => {
    quickClock(30);
    let asked: readonly string[] = [];
    const led = () => asked.filter((one) => one.startsWith("POST"));
    const { answer, written } = await askAbout(() =>
        led().length > 0 ? complete : health({ Healthy: false }),
    );
    asked = written;
    expect(await answer).toBe("ready");
    expect(led()).toEqual(["POST /v1/operator/raft/transfer-leader?id=id%20of%20server-3"]);
    expect(Date.now()).toBeGreaterThan(45_000);
    expect(said).toEqual([
        "the leader sees it alive and not healthy",
        "server-3 is to lead, for the leader does not bring it up to date",
    ]);
});

test("a server that the others know as failed elsewhere joins again until they accept it", async () => {
    quickClock(30);
    const { answer, written } = await askAbout((joins) =>
        joins < 4 ? health({ SerfStatus: "failed" }) : complete,
    );
    expect(await answer).toBe("ready");
    expect(written).toEqual(Array.from({ length: 4 }, () => "PUT /v1/agent/join/127.0.0.1"));
    expect(said).toEqual(["the leader sees it failed and healthy"]);
});

test("two voters do not wait for a server that is not declared", async () => {
    const pair = healthyCluster("server-2", ["server-1", "server-2"]);
    const says = { ...pair, members: [...pair.members, member("stranger", 4)] };
    const { answer } = await askAbout(() => says);
    expect(await answer).toBe("ready");
    expect(said).toEqual([]);
});

test("a server that reports no Raft configuration counts as not formed", async () => {
    const { answer } = await askAbout(() => ({ ...complete, leader: "", voters: undefined }));
    expect(await answer).toBe("ready");
    expect(Date.now()).toBe(0);
});

test("a server within the slack of a busy cluster's log counts as caught up", async () => {
    const { answer } = await askAbout(() => ({ ...health({}), appliedIndex: 950 }));
    expect(await answer).toBe("ready");
});

test("two servers tolerate no failure, and yet both become ready", async () => {
    const pair = healthyCluster("server-2", ["server-1", "server-2"]);
    const { answer } = await askAbout(() => pair, {
        servers: { "server-1": "http://127.0.0.1:1" },
    });
    expect(await answer).toBe("ready");
});

test("a client is ready when it reaches a leader", async () => {
    const client = { role: "client", nodeName: "client-1" } as const;
    const says = { ...formingServer("client-1"), leader: "10.0.0.1:8300" };
    const { answer } = await askAbout(() => says, client);
    expect(await answer).toBe("ready");
    expect(await failureOf(() => formingServer("client-1"), client)).toBe(
        "client-1: its agent at ADDRESS is not ready after 240 s: it reaches no leader",
    );
});

test("another agent at the node's address is named", async () => {
    expect(await failureOf(() => healthyCluster("stranger", trio))).toBe(
        "server-2: its agent at ADDRESS is not ready after 90 s: the agent there is " +
            '"stranger", of another cluster or stack',
    );
});

test("an agent that does not answer is reported with the reason, and why its log is not available", async () => {
    const { answer } = await askAbout(() => complete, { httpAddress: "http://127.0.0.1:1" });
    await expect(answer).rejects.toThrow(
        /^server-2: its agent at http:\/\/127\.0\.0\.1:1 is not ready after 90 s: connect ECONNREFUSED 127\.0\.0\.1:1\nThe last lines of its log:\n {2}\(not available: \/containers\/consul\/logs.+ 404: .+\)$/,
    );
});

/** Asks about server-2 whose container its engine says this of; returns what the engine was told to do. */
async function askAboutContainer(State: object, starts = true) {
    const store = await tempFolder();
    const engine = await fakeEngine((question) => {
        if (question === "GET /containers/consul/json") {
            return { body: { State } };
        }
        if (question === "POST /containers/consul/start") {
            return starts ? { status: 204 } : { status: 500, body: { message: "no address" } };
        }
        return question.startsWith("PUT") ? { body: "" } : healthy(question, "", "");
    });
    await putMachine(store, "dev-server-2", engine.port, await certificates());
    const { answer } = await askAbout(() => complete, {
        log: { store, machine: "dev-server-2", container: "consul" },
    });
    const done = () => engine.asked.filter((one) => one.startsWith("POST"));
    return { answer, done };
}

test("an agent whose container is stopped is started; one that its engine starts by itself is left to it", async () => {
    const stopped = await askAboutContainer({ Status: "exited", Error: "no address" });
    expect(await stopped.answer).toBe("ready");
    expect(stopped.done()).toEqual(["POST /containers/consul/start"]);
    expect(said[0]).toBe("server-2: its container is stopped (no address); starting it");
    for (const Status of ["running", "restarting"]) {
        const other = await askAboutContainer({ Status, Error: "" });
        expect(await other.answer).toBe("ready");
        expect(other.done()).toEqual([]);
    }
});

test("an agent whose container does not start is reported with the engine's reason", async () => {
    const { answer } = await askAboutContainer({ Status: "exited", Error: "" }, false);
    await expect(answer).rejects.toThrow(
        /is not ready for its container does not start: \/containers\/consul\/start: the engine answered 500: no address/,
    );
});
