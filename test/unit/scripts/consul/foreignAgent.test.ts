import { expect, test } from "vitest";
import {
    adoptionProblems,
    newerDataProblem,
    readForeignAgent,
} from "../../../../scripts/consul/foreignAgent.ts";

const self = {
    Config: {
        NodeName: "server-1",
        NodeID: "0f5a3c1e-0000-4000-8000-0123456789ab",
        Datacenter: "dc1",
        Server: true,
        Version: "1.20.1",
    },
    DebugConfig: { DataDir: "/consul/data", ACLsEnabled: false, LeaveOnTerm: false },
    Member: { Addr: "10.0.0.11" },
    Stats: { serf_lan: { encrypted: "false" } },
};
const expected = {
    nodeName: "server-1",
    datacenter: "dc1",
    role: "server",
    address: "10.0.0.11",
} as const;

test("an agent is read by what it says of itself", () => {
    expect(readForeignAgent(self)).toEqual({
        nodeName: "server-1",
        nodeId: "0f5a3c1e-0000-4000-8000-0123456789ab",
        datacenter: "dc1",
        role: "server",
        address: "10.0.0.11",
        version: "1.20.1",
        dataDirectory: "/consul/data",
        leavesOnStop: false,
        security: [],
    });
    expect(adoptionProblems(readForeignAgent(self), expected)).toEqual([]);
    expect(() => readForeignAgent({ message: "nginx" })).toThrow("what an agent of Consul says");
});

test("all that is another is said at once", () => {
    const problems = adoptionProblems(readForeignAgent(self), {
        nodeName: "a",
        datacenter: "b",
        role: "client",
        address: "10.0.0.1",
    });
    expect(problems.map(({ seen }) => seen.split(",")[0])).toEqual([
        `its agent's name is "server-1"`,
        `its agent's datacenter is "dc1"`,
        `its agent's role is "server"`,
        `its agent's address is "10.0.0.11"`,
    ]);
});

test("a client that leaves as it stops costs no vote", () => {
    const leaving = { ...readForeignAgent(self), leavesOnStop: true };
    expect(adoptionProblems(leaving, expected)).toHaveLength(1);
    expect(
        adoptionProblems({ ...leaving, role: "client" }, { ...expected, role: "client" }),
    ).toEqual([]);
});

test.each([
    ["1.22.2", "hashicorp/consul:1.20.1", true],
    ["1.22.2", "hashicorp/consul:1.22.0", false],
    ["1.9.5", "hashicorp/consul:1.22.2", false],
    ["1.22.2", "consul.tar", false],
    ["", "hashicorp/consul:1.20.1", false],
])("data of Consul %s, by the image %s: newer is %s", (version, image, isNewer) => {
    const problem = newerDataProblem({ ...readForeignAgent(self), version }, image);
    expect(problem !== undefined).toBe(isNewer);
    if (isNewer) {
        expect(problem?.way).toBe('Set "image" to the same version or a later one.');
    }
});
