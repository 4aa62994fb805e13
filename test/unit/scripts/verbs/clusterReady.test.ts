import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { clusterReady, disagreement } from "../../../../scripts/verbs/clusterReady.ts";
import {
    fakeAgent,
    member,
    serverHealth,
    healthyCluster,
    type AgentAnswers,
} from "../../../support/fakeConsul.ts";
import { quickClock } from "../../../support/quickTime.ts";

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

/** Waits for a cluster of three servers, each with these answers in place of its own. */
async function ask(
    over: readonly Partial<AgentAnswers>[],
    clients: readonly string[] = [],
): Promise<string> {
    const agents = await Promise.all(
        trio.map((_, index) => fakeAgent(() => ({ ...complete, ...over[index] }))),
    );
    const servers = Object.fromEntries(agents.map(({ url }, index) => [trio[index] ?? "", url]));
    return clusterReady({ servers, clients, contact: agents[0]?.url ?? "" });
}

const health = (...servers: readonly ReturnType<typeof serverHealth>[]) => ({
    health: { Healthy: true, FailureTolerance: 1, Servers: servers },
});

test("a cluster is ready when all servers vote, agree on a leader, and all clients are alive", async () => {
    const members = [...complete.members, member("client-1")];
    expect(await ask([{ members }], ["client-1"])).toBe("whole");
    expect(Date.now()).toBe(0);
});

test.each<[string, readonly Partial<AgentAnswers>[], string]>([
    ["no leader", [{}, { leader: "" }, { leader: "" }], "no leader, say server-2, server-3"],
    [
        "two leaders",
        [{}, { leader: "10.0.0.2:8300" }],
        "several leaders: server-1 says 10.0.0.1:8300, server-2 says 10.0.0.2:8300, " +
            "server-3 says 10.0.0.1:8300",
    ],
    [
        "a server that does not vote, and one that is unknown",
        [health(serverHealth("server-1"), serverHealth("server-2", { Voter: false }))],
        "not yet healthy voters: server-2, server-3",
    ],
    [
        "an unhealthy server",
        [health(...trio.map((name) => serverHealth(name, { Healthy: name !== "server-3" })))],
        "not yet healthy voters: server-3",
    ],
    [
        "a leader that calls the cluster unhealthy",
        [
            {
                health: {
                    Healthy: false,
                    FailureTolerance: 1,
                    Servers: trio.map((n) => serverHealth(n)),
                },
            },
        ],
        "the leader calls the cluster unhealthy",
    ],
])("with %s it is not, and the error names the nodes", async (_, over, lacking) => {
    await expect(ask(over)).rejects.toThrow(
        new Error(`the cluster is not ready after 180 s: ${lacking}`),
    );
});

test.each([
    ["votes", serverHealth("server-4")],
    ["does not vote", serverHealth("server-4", { Voter: false })],
])("an additional server, which is still to leave and %s, is no problem", async (_, more) => {
    expect(await ask([health(...trio.map((name) => serverHealth(name)), more)])).toBe("whole");
    expect(Date.now()).toBe(0);
});

test("neither is a lost one that was removed from the settings", async () => {
    const lost = (SerfStatus: string) => {
        const Servers = [
            ...trio.map((name) => serverHealth(name)),
            serverHealth("server-4", { Healthy: false, SerfStatus }),
        ];
        return [{ health: { Healthy: false, FailureTolerance: 1, Servers } }];
    };
    expect(await ask(lost("failed"))).toBe("whole");
    // Autopilot would never remove this one.
    await expect(ask(lost("none"))).rejects.toThrow("the leader calls the cluster unhealthy");
});

test("an additional server does not count for a declared one", async () => {
    const three = ["server-1", "server-2", "server-4"].map((name) => serverHealth(name));
    await expect(ask([health(...three)])).rejects.toThrow(
        new Error("the cluster is not ready after 180 s: not yet healthy voters: server-3"),
    );
});

test("clients that are missing or dead are named", async () => {
    const members = [...complete.members, member("client-1"), member("client-2", 4)];
    await expect(ask([{ members }], ["client-1", "client-2", "client-3"])).rejects.toThrow(
        new Error("the cluster is not ready after 180 s: not alive: client-2, client-3"),
    );
});

test("without servers of its own, a stack's clients are checked in the cluster they join", async () => {
    const { url } = await fakeAgent(() => ({ ...complete, members: [member("client-1")] }));
    expect(await clusterReady({ servers: {}, clients: ["client-1"], contact: url })).toBe("whole");
});

test("a server that does not answer is named before those without a leader", () => {
    expect(
        disagreement([
            ["server-1", ""],
            ["server-2", "?"],
            ["server-3", "?"],
        ]),
    ).toBe("no answer from server-2, server-3");
    expect(disagreement([["server-1", "10.0.0.1:8300"]])).toBeUndefined();
});

test.each([
    [1, 0, undefined],
    [2, 0, undefined],
    [3, 0, 3],
    [3, 3, undefined],
    [5, 0, 3],
    [7, 3, 4],
    [2, 3, 0],
])("for %i servers, autopilot's minimum quorum of %i becomes %s", async (size, now, then) => {
    const names = Array.from({ length: size }, (_, index) => `server-${index + 1}`);
    const says = { ...healthyCluster("server-1", names), minimumQuorum: now };
    const agent = await fakeAgent(() => says);
    await clusterReady({ servers: { "server-1": agent.url }, clients: [], contact: agent.url });
    const settings = { MinQuorum: then, LastContactThreshold: "200ms", ModifyIndex: 7 };
    const path = "/v1/operator/autopilot/configuration?cas=7";
    expect(agent.written).toEqual(
        then === undefined ? [] : [`PUT ${path} ${JSON.stringify(settings)}`],
    );
});

test("client agents that join another stack's servers leave autopilot to that stack", async () => {
    const says = { ...healthyCluster("server-1", trio), minimumQuorum: 0 };
    const agent = await fakeAgent(() => says);
    await clusterReady({ servers: {}, clients: [], contact: agent.url });
    expect(agent.written).toEqual([]);
});
