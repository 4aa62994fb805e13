import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { gatherAddress } from "../../../../cli/doctor/gather/address.ts";
import { askAgent as askClient, peersOf } from "../../../../cli/doctor/gather/agent.ts";
import { environmentClient } from "../../../../cli/stack/environmentClient.ts";
import { stubEnv } from "../../../support/stubEnv.ts";

/** An answer: a body, or a status with which it fails. */
type Answers = Readonly<Record<string, unknown>>;

const member = (Name: string, Addr: string, over: object = {}) => {
    const Tags = { role: "consul", id: `id of ${Name}`, dc: "dc1", expect: "3" };
    return { Name, Addr, Status: 1, Tags, ...over };
};

/** What a server of today answers. */
const whole: Answers = {
    "/v1/status/leader": "127.0.0.1:8300",
    "/v1/agent/self": {
        Config: { NodeName: "s1", NodeID: "id of s1", Datacenter: "dc1", Server: true },
        Member: { Addr: "127.0.0.1" },
        DebugConfig: { BootstrapExpect: 3, Bootstrap: false, RetryJoinLAN: ["10.0.0.2"] },
        Stats: {
            raft: {
                latest_configuration:
                    "[{Suffrage:Voter ID:id-1 Address:10.0.0.1:8300} {Suffrage:Nonvoter ID:id-2 " +
                    "Address:10.0.0.2:8300}]",
            },
        },
    },
    "/v1/agent/members": [
        member("s1", "127.0.0.1"),
        member("c1", "127.0.0.1", { Status: 4, Tags: { role: "node" } }),
        member("gone", "127.0.0.1", { Status: 3 }),
    ],
    "/v1/operator/autopilot/health": {
        Servers: [{ ID: "id of s1", Name: "s1", Voter: true, Healthy: false }],
    },
    "/v1/catalog/nodes?stale": [
        { Node: "s1", ID: "id of s1" },
        { Node: "old", ID: "" },
        { Node: "shop", Meta: { "external-node": "true" } },
    ],
    "/v1/health/state/any?stale": [{ Node: "s1", CheckID: "serfHealth" }],
};

/** An agent that gives these answers by path; a number is a status, and 404 any other path. */
async function agent(answers: Answers): Promise<{ url: string; tokens: Set<unknown> }> {
    const tokens = new Set<unknown>();
    const server = createServer((request, response) => {
        tokens.add(request.headers["x-consul-token"]);
        const answer = answers[request.url ?? ""] ?? 404;
        response.statusCode = typeof answer === "number" ? answer : 200;
        response.end(typeof answer === "number" ? "in other words" : JSON.stringify(answer));
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
        server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, tokens };
}

const askAgent = (url: string) => askClient(environmentClient(url));

describe("askAgent", () => {
    it("reads what a server of today says of itself and the others", async () => {
        const { url } = await agent(whole);
        expect(await askAgent(url)).toEqual({
            httpAddress: url,
            unreachable: undefined,
            refusal: undefined,
            leader: "127.0.0.1:8300",
            self: {
                name: "s1",
                id: "id of s1",
                datacenter: "dc1",
                isServer: true,
                advertised: "127.0.0.1",
                expect: 3,
                joins: ["10.0.0.2"],
                peers: [
                    { id: "id-1", address: "10.0.0.1:8300" },
                    { id: "id-2", address: "10.0.0.2:8300" },
                ],
                isEncrypted: false,
            },
            members: [
                expect.objectContaining({ name: "c1", status: "failed", isServer: false }),
                expect.objectContaining({ name: "gone", status: "left" }),
                expect.objectContaining({ name: "s1", status: "alive", isServer: true, expect: 3 }),
            ],
            voters: [{ name: "s1", isVoter: true }],
            catalog: [
                { name: "s1", id: "id of s1", isWatched: true },
                { name: "old", id: "", isWatched: false },
            ],
            keys: undefined,
        });
    });

    it("takes a client that knows no server for one without a leader", async () => {
        const { url } = await agent({ ...whole, "/v1/status/leader": 500 });
        const facts = await askAgent(url);
        expect(facts).toMatchObject({ leader: "", voters: undefined });
        expect(facts.unreachable).toBeUndefined();
        expect(facts.self?.name).toBe("s1");
    });

    it("tells a refusal from no answer", async () => {
        const { url } = await agent({ ...whole, "/v1/agent/self": 403, "/v1/agent/members": [] });
        const facts = await askAgent(url);
        expect(facts.refusal).toBe("/v1/agent/self: 403 in other words");
        expect(facts.unreachable).toBeUndefined();
        expect((await askAgent("http://127.0.0.1:1")).unreachable).toBeDefined();
    });

    it("shows the operator's token, if there is one", async () => {
        const { url, tokens } = await agent(whole);
        await askAgent(url);
        stubEnv("CONSUL_HTTP_TOKEN", "hunter2");
        await askAgent(url);
        expect([...tokens]).toEqual([undefined, "hunter2"]);
    });

    it("reads no servers out of a configuration that is not there", () => {
        expect(peersOf("[]")).toEqual([]);
    });
});

describe("gatherAddress", () => {
    it("asks the agent and those it knows, and takes no other for the one it meant", async () => {
        const { url } = await agent(whole);
        const { isDeclared, nodes } = await gatherAddress(url, 0.1);
        expect(isDeclared).toBe(false);
        // c1 is asked at the same place, where s1 answers.
        expect(nodes.map(({ name, agent: asked }) => [name, asked?.self?.name])).toEqual([
            ["s1", "s1"],
            ["c1", undefined],
        ]);
        expect(nodes[0]?.address).toBeUndefined();
    });

    it("says of an agent that does not answer why", async () => {
        const { nodes } = await gatherAddress("http://127.0.0.1:1", 0.1);
        expect(nodes.map(({ name }) => name)).toEqual(["127.0.0.1:1"]);
        expect(nodes[0]?.agent?.unreachable).toBeDefined();
    });
});
