import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AgentRequest } from "../../../../scripts/protocol/requests.ts";
import { agentSeen } from "../../../../scripts/verbs/agentSeen.ts";
import { certificates } from "../../../support/certificates.ts";
import {
    fakeAgent,
    formingServer,
    member,
    serverHealth,
    healthyCluster,
    type AgentAnswers,
} from "../../../support/fakeConsul.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { deletionCall, deletionsOf } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy, leavingFlows } from "../../../support/fakeEngine.ts";
import { quickClock } from "../../../support/quickTime.ts";
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
const complete = healthyCluster("server-1", trio);

/** Asks server-1, which answers this, about a node; server-2 unless another is named. */
async function askAbout(
    say: (written: number) => AgentAnswers,
    over: Partial<AgentRequest> = {},
): Promise<{ readonly answer: Promise<string>; readonly written: string[]; readonly url: string }> {
    const { url, written } = await fakeAgent(say);
    const nodeName = over.nodeName ?? "server-2";
    const others = trio.filter((name) => name !== nodeName);
    const store = await tempFolder();
    // Its container accepts the configuration, and has no log.
    const engine = await fakeEngine((question) =>
        question.startsWith(`PUT /containers/${nodeName}/archive`) ? {} : healthy(question, "", ""),
    );
    await putMachine(store, "dev-machine", engine.port, await certificates());
    const request: AgentRequest = {
        nodeName,
        role: "server",
        httpAddress: url,
        askThrough: "server-1",
        servers: Object.fromEntries(others.map((name) => [name, url])),
        log: { store, machine: "dev-machine", container: nodeName },
        reloadable: { file: "/consul-machines/reloadable.json", config: {} },
        ...over,
    };
    return { answer: agentSeen(request), written, url };
}

async function failureOf(say: () => AgentAnswers, over: Partial<AgentRequest> = {}) {
    const { answer, url } = await askAbout(say, over);
    const error: unknown = await answer.catch((failure: unknown) => failure);
    const message = error instanceof Error ? error.message : "it did not fail";
    return message.replaceAll(url, "ADDRESS").split("\n")[0];
}

const notReady = (node: string, why: string) =>
    expect.stringMatching(
        new RegExp(
            `^${node}: its agent, asked about at ADDRESS, is not ready after \\d+ s: ${why}$`,
        ),
    ) as string;

/** The cluster, but with this of server-2 in the leader's eyes. */
const withTwo = (two: Parameters<typeof serverHealth>[1], FailureTolerance = 1): AgentAnswers => ({
    ...complete,
    health: {
        Healthy: true,
        FailureTolerance,
        Servers: [
            serverHealth("server-1", { Leader: true }),
            serverHealth("server-2", two),
            serverHealth("server-3"),
        ],
    },
});

test("before the first election a server's part is to be a living member", async () => {
    const members = [member("server-1"), member("server-2")];
    const { answer, written } = await askAbout(() => ({ ...formingServer("server-1"), members }));
    expect(await answer).toBe("ready");
    expect(written).toEqual([]);
});

test("the first server joins those that its arguments do not name, by their names", async () => {
    const { answer, written } = await askAbout(() => formingServer("server-1"), {
        nodeName: "server-1",
    });
    expect(await answer).toBe("ready");
    expect(written).toEqual(["PUT /v1/agent/join/server-2", "PUT /v1/agent/join/server-3"]);
});

test("the first server that came back empty waits until it is a voter among the others", async () => {
    // Once joined it sees them; they have a cluster, of which it is no part at first.
    const emptied = { ...formingServer("server-1"), members: trio.map((name) => member(name)) };
    expect(await failureOf(() => emptied, { nodeName: "server-1" })).toEqual(
        notReady("server-1", "the cluster has no leader"),
    );
});

test("a server of a cluster that has formed is ready once it is a healthy voter and caught up", async () => {
    const { answer } = await askAbout(() => complete);
    expect(await answer).toBe("ready");
});

test.each([
    ["it is not a voter yet", { Voter: false }],
    ["the leader sees it failed and not healthy", { SerfStatus: "failed", Healthy: false }],
    ["it has received 10 of 100 log entries", { LastIndex: 10 }],
])("otherwise it is waited for: %s", async (why, two) => {
    expect(await failureOf(() => withTwo(two))).toEqual(notReady("server-2", why));
});

test("no other server may be changed while the cluster tolerates no failure", async () => {
    expect(await failureOf(() => withTwo({}, 0))).toEqual(
        notReady("server-2", "the cluster could not tolerate the failure of another server"),
    );
});

test("a node that is not seen, and another cluster at the address, are named", async () => {
    const alone = () => ({ ...complete, members: [member("server-1"), member("server-2", 4)] });
    expect(await failureOf(alone)).toEqual(notReady("server-2", "server-1 does not see it alive"));
    const other = () => ({ ...complete, nodeName: "stranger" });
    expect(await failureOf(other)).toEqual(
        notReady("server-2", 'the agent there is "stranger", of another cluster or stack'),
    );
});

const client: Partial<AgentRequest> = { nodeName: "client-1", role: "client" };
const clientMember = { ...member("client-1"), Tags: { id: "id of client-1" } };
const withClient = (id: string): AgentAnswers => ({
    ...complete,
    members: [...complete.members, clientMember],
    catalog: { ...complete.catalog, "client-1": id },
});

test("a client is ready once there is a leader and the catalog has it", async () => {
    expect(await (await askAbout(() => withClient("id of client-1"), client)).answer).toBe("ready");
    const leaderless = () => ({ ...withClient("id of client-1"), leader: "" });
    expect(await failureOf(leaderless, client)).toEqual(
        notReady("client-1", "the cluster has no leader"),
    );
});

test("a client whose data were lost gets its name back from its earlier identity", async () => {
    const { answer, written } = await askAbout(
        (count) => withClient(count === 0 ? "an earlier id" : "id of client-1"),
        client,
    );
    expect(await answer).toBe("ready");
    expect(written).toEqual(['PUT /v1/catalog/deregister {"Node":"client-1"}']);
});

/** Where the log is, on a machine whose engine runs these containers. */
async function machineThatRuns(...names: string[]): Promise<AgentRequest["log"]> {
    const store = await tempFolder();
    const { port } = await fakeEngine((asked) => {
        if (asked.startsWith("PUT /containers/")) {
            return {};
        }
        return asked === "GET /containers/json"
            ? { body: names.map((name) => ({ Names: [`/${name}`] })) }
            : undefined;
    });
    await putMachine(store, "dev-machine", port, await certificates());
    return { store, machine: "dev-machine", container: "server-2" };
}

test("of a cluster that was stopped the first server waits for no leader", async () => {
    const stopped = {
        ...complete,
        leader: "",
        members: [member("server-1"), member("server-2", 4)],
    };
    const { answer } = await askAbout(() => stopped, {
        nodeName: "server-1",
        log: await machineThatRuns("server-1"),
    });
    expect(await answer).toBe("ready");
});

test("the next one waits until it is a voter, but not for those that are still to start", async () => {
    const log = await machineThatRuns("server-1", "server-2");
    expect(await (await askAbout(() => withTwo({}, 0), { log })).answer).toBe("ready");
    expect(await failureOf(() => withTwo({ Voter: false }, 0), { log })).toEqual(
        notReady("server-2", "it is not a voter yet"),
    );
});

test("once all run, the cluster must tolerate a failure", async () => {
    const log = await machineThatRuns(...trio);
    expect(await failureOf(() => withTwo({}, 0), { log })).toEqual(
        notReady("server-2", "the cluster could not tolerate the failure of another server"),
    );
});

test.each([
    ["resolver", [deletionCall("dev-machine", 5353)]],
    ["server-3", []],
])("of %s its machine deletes the stale flows if it publishes UDP", async (container, expected) => {
    const { port } = await fakeEngine((question, ...more) =>
        question.startsWith("PUT") ? { body: "" } : leavingFlows(question, ...more),
    );
    const ssh = { says: deletionsOf(2) };
    const { binary, store, calls } = await fakeDockerMachine(await tempFolder(), { ssh });
    await putMachine(store, "dev-machine", port, await certificates());
    const log = { store, machine: "dev-machine", container };
    const { answer } = await askAbout(() => complete, { log, binary, role: "client" });
    expect(await answer).toBe("ready");
    expect(await calls()).toEqual(expected);
});
