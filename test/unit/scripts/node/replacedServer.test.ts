import { expect, test } from "vitest";
import type { ClusterHealth } from "../../../../scripts/consul/answers.ts";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import {
    guardReplacement,
    isReplaced,
    replacementProblem,
} from "../../../../scripts/node/replacedServer.ts";
import type { MembershipRequest } from "../../../../scripts/protocol/requests.ts";
import {
    fakeAgent,
    formingServer,
    serverHealth,
    healthyCluster,
} from "../../../support/fakeConsul.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Store } from "../../../../scripts/machine/store.ts";

/** A cluster of these healthy voters, and of those unhealthy ones. */
function health(healthy: string, unhealthy = ""): ClusterHealth {
    const servers = [
        ...Array.from(healthy, (name) => serverHealth(name)),
        ...Array.from(unhealthy, (name) => serverHealth(name, { Healthy: false })),
    ];
    return { Healthy: unhealthy === "", FailureTolerance: 0, Servers: servers };
}

test.each([
    { healthy: "abc", declared: 3, why: "the others are a quorum of three" },
    { healthy: "ab", declared: 2, why: "the other one of two has the data" },
    {
        healthy: "abcd",
        unhealthy: "e",
        declared: 5,
        why: "one is down, three of five others are healthy",
    },
    {
        healthy: "bc",
        unhealthy: "a",
        declared: 3,
        why: "it is unhealthy itself, and the others are healthy",
    },
])("a may be replaced: $why", ({ healthy, unhealthy, declared }) => {
    expect(replacementProblem(health(healthy, unhealthy), "a", declared)).toBeUndefined();
});

test.each([
    { healthy: "a", declared: 1, others: "0 of 0", needed: 1 },
    { healthy: "a", declared: 2, others: "0 of 1", needed: 1 },
    // One was replaced before and is not back: autopilot counts a complete cluster of two.
    { healthy: "ab", declared: 3, others: "1 of 2", needed: 2 },
    { healthy: "ab", unhealthy: "c", declared: 3, others: "1 of 2", needed: 2 },
    { healthy: "abc", declared: 5, others: "2 of 4", needed: 3 },
])(
    "a may not be replaced while $others others of $declared are healthy",
    ({ healthy, unhealthy, declared, others, needed }) => {
        expect(replacementProblem(health(healthy, unhealthy), "a", declared)).toBe(
            `${others} other servers are healthy voters, ${needed} are needed`,
        );
    },
);

test("a server that has joined but does not vote yet does not count", () => {
    const joining = serverHealth("c", { Voter: false });
    const { Servers, ...rest } = health("ab");
    const cluster = { ...rest, Servers: [...Servers, joining] };
    expect(replacementProblem(cluster, "a", 3)).toMatch(/^1 of 2 other servers/);
});

/** The request for a server that is to be replaced. */
async function replacementOf(httpAddress: string): Promise<MembershipRequest> {
    const store = await tempFolder();
    await new Store(store).writeRoster({ owner: "p/s", name: "store", machines: ["s-a"] });
    const agent = { store, machine: "s-a", container: "consul" };
    return { nodeName: "a", role: "server", httpAddress, servers: {}, agent, owner: "p/s" };
}

function ownOf({ httpAddress }: MembershipRequest): ConsulClient {
    return new ConsulClient(httpAddress);
}

test("the only server that holds the data is not replaced", async () => {
    const { url } = await fakeAgent(() => healthyCluster("a", ["a"]));
    const request = await replacementOf(url);
    expect(await isReplaced(request)).toBe(true);
    await expect(guardReplacement(request, ownOf(request), undefined)).rejects.toThrow(
        /^a: its machine is to be replaced, but no other server answers, .*OVERRIDE_QUORUM=1\.$/,
    );
    stubEnv(overrideVariable, "1");
    await guardReplacement(request, ownOf(request), undefined);
});

test("a server that never formed a cluster holds nothing, and one that is gone cannot be asked", async () => {
    const { url } = await fakeAgent(() => formingServer("a"));
    for (const address of [url, "http://127.0.0.1:1"]) {
        const request = await replacementOf(address);
        await expect(guardReplacement(request, ownOf(request), undefined)).resolves.toBeUndefined();
    }
});

test("a client holds no data, and a server that is no longer declared does not come back", async () => {
    const request = await replacementOf("http://127.0.0.1:1");
    expect(await isReplaced({ ...request, role: "client" })).toBe(false);
    await new Store(request.agent.store).writeRoster({ owner: "p/s", name: "store", machines: [] });
    expect(await isReplaced(request)).toBe(false);
});
