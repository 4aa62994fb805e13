import { expect, test } from "vitest";
import type { ClusterHealth } from "../../../../scripts/consul/consulClient.ts";
import { overrideVariable } from "../../../../scripts/consul/quorum.ts";
import {
    guardReplacement,
    isReplaced,
    replacementProblem,
} from "../../../../scripts/node/replacedServer.ts";
import type { MembershipRequest } from "../../../../scripts/protocol/requests.ts";
import { writeRoster } from "../../../../scripts/machine/roster.ts";
import {
    fakeAgent,
    formingServer,
    serverHealth,
    wholeCluster,
} from "../../../support/fakeConsul.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** A cluster in which these vote and are well, and those do not. */
function health(well: string, unwell = ""): ClusterHealth {
    const servers = [
        ...Array.from(well, (name) => serverHealth(name)),
        ...Array.from(unwell, (name) => serverHealth(name, { Healthy: false })),
    ];
    return { Healthy: unwell === "", FailureTolerance: 0, Servers: servers };
}

test.each([
    { well: "abc", declared: 3, why: "the others are a quorum of three" },
    { well: "ab", declared: 2, why: "the other one of two has the data" },
    { well: "abcd", unwell: "e", declared: 5, why: "one is down, three of five others are well" },
    { well: "bc", unwell: "a", declared: 3, why: "it is not well itself, and the others are" },
])("a may be replaced: $why", ({ well, unwell, declared }) => {
    expect(replacementProblem(health(well, unwell), "a", declared)).toBeUndefined();
});

test.each([
    { well: "a", declared: 1, others: "0 of 0", needed: 1 },
    { well: "a", declared: 2, others: "0 of 1", needed: 1 },
    // One was replaced before and is not back: autopilot counts a whole cluster of two.
    { well: "ab", declared: 3, others: "1 of 2", needed: 2 },
    { well: "ab", unwell: "c", declared: 3, others: "1 of 2", needed: 2 },
    { well: "abc", declared: 5, others: "2 of 4", needed: 3 },
])(
    "a may not be replaced while $others others of $declared are well",
    ({ well, unwell, declared, others, needed }) => {
        expect(replacementProblem(health(well, unwell), "a", declared)).toBe(
            `${others} other servers are healthy voters, ${needed} are needed`,
        );
    },
);

test("a server that has joined but does not vote yet does not count", () => {
    const joining = serverHealth("c", { Voter: false });
    const { Servers, ...rest } = health("ab");
    const cluster = { ...rest, Servers: [...(Servers ?? []), joining] };
    expect(replacementProblem(cluster, "a", 3)).toMatch(/^1 of 2 other servers/);
});

/** What a server asks that is to be replaced, of three that are declared. */
async function replacementOf(httpAddress: string): Promise<MembershipRequest> {
    const store = await tempFolder();
    await writeRoster({ store, owner: "p/s", name: "store", machines: ["s-a"] });
    const agent = { store, machine: "s-a", container: "consul" };
    return { nodeName: "a", role: "server", httpAddress, servers: {}, agent, owner: "p/s" };
}

test("the only server that holds the data is not replaced", async () => {
    const { url } = await fakeAgent(() => wholeCluster("a", ["a"]));
    const request = await replacementOf(url);
    expect(await isReplaced(request)).toBe(true);
    await expect(guardReplacement(request, undefined)).rejects.toThrow(
        /^a: its machine is to be replaced, but no other server answers, .*OVERRIDE_QUORUM=1\.$/,
    );
    stubEnv(overrideVariable, "1");
    await guardReplacement(request, undefined);
});

test("a server that never formed a cluster holds nothing, and one that is gone cannot be asked", async () => {
    const { url } = await fakeAgent(() => formingServer("a"));
    await guardReplacement(await replacementOf(url), undefined);
    await guardReplacement(await replacementOf("http://127.0.0.1:1"), undefined);
});

test("a client holds no data, and a server that is no longer declared does not come back", async () => {
    const request = await replacementOf("http://127.0.0.1:1");
    expect(await isReplaced({ ...request, role: "client" })).toBe(false);
    await writeRoster({ store: request.agent.store, owner: "p/s", name: "store", machines: [] });
    expect(await isReplaced(request)).toBe(false);
});
