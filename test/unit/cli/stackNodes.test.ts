import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import {
    askCluster,
    isReady,
    nodeRow,
    readOutputs,
    stateOf,
    type ClusterAnswers,
} from "../../../cli/stack/stackNodes.ts";

const node = (number: number, role = "server") => ({
    role,
    address: `10.0.0.${number}`,
    httpAddress: `http://10.0.0.${number}:8500`,
    machine: `dev-${role}-${number}`,
});
const member = (name: string, number: number, status = 1) => ({
    Name: name,
    Addr: `10.0.0.${number}`,
    Status: status,
});
const serverHealth = (name: string, voter: boolean, leader: boolean) => ({
    ID: name,
    Name: name,
    SerfStatus: "alive",
    Healthy: true,
    Voter: voter,
    Leader: leader,
    LastIndex: 1,
});
const answers: ClusterAnswers = {
    members: [member("server-1", 1), member("server-2", 2, 4), member("client-1", 3)],
    health: {
        Healthy: false,
        FailureTolerance: 0,
        Servers: [serverHealth("server-1", true, true), serverHealth("server-2", false, false)],
    },
    failure: undefined,
};
const noAnswer: ClusterAnswers = { members: [], health: undefined, failure: "none came" };

describe("stateOf", () => {
    it("is what the cluster says of a node", () => {
        expect(stateOf("server-1", answers)).toEqual({
            isAlive: true,
            isVoter: true,
            isLeader: true,
        });
        expect(stateOf("server-2", answers)).toMatchObject({ isAlive: false, isVoter: false });
        expect(stateOf("server-9", answers)).toMatchObject({ isAlive: false, isLeader: false });
    });

    it("is unknown where no node answered", () => {
        expect(stateOf("server-1", noAnswer)).toEqual({
            isAlive: undefined,
            isVoter: undefined,
            isLeader: undefined,
        });
    });
});

describe("nodeRow", () => {
    it.each([
        ["server-1", node(1), answers, ["server-1", "server", "10.0.0.1", "yes", "yes", "leader"]],
        ["server-2", node(2), answers, ["server-2", "server", "10.0.0.2", "no", "no", ""]],
        [
            "client-1",
            node(3, "client"),
            answers,
            ["client-1", "client", "10.0.0.3", "yes", "-", "-"],
        ],
        ["server-1", node(1), noAnswer, ["server-1", "server", "10.0.0.1", "?", "?", ""]],
    ])("of %s", (name, declared, said, expected) => {
        expect(nodeRow(name, declared, stateOf(name, said))).toEqual(expected);
    });
});

describe("isReady", () => {
    it.each([
        ["a server and a client as they should be", { "server-1": node(1) }, answers, true],
        ["a dead server", { "server-1": node(1), "server-2": node(2) }, answers, false],
        ["a node that is no member", { "server-9": node(9) }, answers, false],
        ["no leader among them", { "client-1": node(3, "client") }, answers, false],
        ["no answer", { "server-1": node(1) }, noAnswer, false],
    ])("with %s: %s", (_, nodes, said, expected) => {
        expect(isReady(nodes, said)).toBe(expected);
    });
});

describe("readOutputs", () => {
    const nodes = { "server-1": node(1) };
    it("reads what the stack says of itself, and leaves the rest", () => {
        const outputs = {
            uiUrl: "http://10.0.0.1:8500/ui/",
            httpAddress: "http://10.0.0.1:8500",
            nodes,
            more: 1,
        };
        expect(readOutputs(outputs)).toEqual({
            uiUrl: "http://10.0.0.1:8500/ui/",
            httpAddress: "http://10.0.0.1:8500",
            nodes,
        });
    });

    it("finds nothing in a stack that never came up", () => {
        expect(readOutputs({})).toBeUndefined();
        expect(readOutputs(undefined)).toBeUndefined();
    });
});

describe("askCluster", () => {
    const servers: Server[] = [];
    afterEach(() => {
        for (const server of servers.splice(0)) {
            server.close();
        }
    });

    /** An agent that gives these answers by path, and 500 to any other question. */
    async function agent(said: Readonly<Record<string, unknown>>): Promise<string> {
        const server = createServer((request, response) => {
            const answer = said[request.url ?? ""];
            response.writeHead(answer === undefined ? 500 : 200).end(JSON.stringify(answer));
        });
        servers.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    it("asks on until a node answers", async () => {
        const httpAddress = await agent({
            "/v1/agent/members": answers.members,
            "/v1/operator/autopilot/health": answers.health,
        });
        const dead = new ConsulClient("http://127.0.0.1:9");
        expect(await askCluster([dead, new ConsulClient(httpAddress)])).toEqual(answers);
    });

    it("takes a cluster without a leader for one that answers", async () => {
        const httpAddress = await agent({ "/v1/agent/members": answers.members });
        expect(await askCluster([new ConsulClient(httpAddress)])).toEqual({
            members: answers.members,
            health: undefined,
            failure: undefined,
        });
    });

    it("tells the last reason where none answers", async () => {
        const { failure } = await askCluster([new ConsulClient("http://127.0.0.1:9")]);
        expect(failure).toMatch(/^http:\/\/127\.0\.0\.1:9: /);
        expect((await askCluster([])).failure).toBe("there are no nodes");
    });
});
