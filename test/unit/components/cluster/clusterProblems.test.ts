import { expect, test } from "vitest";
import type {
    ClusterArgs,
    ConsulClusterArgs,
    OneMachine,
} from "../../../../components/cluster/clusterArgs.ts";
import {
    firstServerProblem,
    sharedMachineProblems,
} from "../../../../components/cluster/clusterProblems.ts";

const plain: ClusterArgs = {
    datacenter: "dc1",
    image: { kind: "pulled", reference: "hashicorp/consul:1.22.2" },
    store: { path: "store" },
};

const args = (...names: string[]): ClusterArgs & OneMachine => ({
    ...plain,
    machine: { driver: "virtualbox" },
    servers: names.map((name) => ({ name })),
});

const formed = { expect: 3, servers: ["a", "b", "c"] };

test("on a shared machine the server that was first stays the first, whoever else comes or goes", () => {
    expect(firstServerProblem(formed, args("a"))).toBeUndefined();
    expect(firstServerProblem(formed, args("a", "d", "b"))).toBeUndefined();
    expect(firstServerProblem(formed, args("b", "a"))).toBe(
        'servers: got "b" first; the cluster was made with "a", which holds the machine\'s ports ' +
            "and has to stay the first. To do without it, take a snapshot and make a new cluster.",
    );
});

test("where each server has its own machine any may come first", () => {
    const separate: ConsulClusterArgs = {
        ...plain,
        servers: [{ name: "b", machine: { driver: "virtualbox" } }],
    };
    expect(firstServerProblem(formed, separate)).toBeUndefined();
    expect(sharedMachineProblems(separate)).toEqual([]);
});

test("one machine carries at least one server", () => {
    expect(sharedMachineProblems(args())).toEqual([
        "servers: got none; one machine carries a whole cluster, so name at least one.",
    ]);
});

test("two nodes whose names come to one address are refused", () => {
    const many = Array.from({ length: 40 }, (_, index) => `node-${index}`);
    const problems = sharedMachineProblems({ ...args(...many), nodeSubnet: "10.1.2.0/24" });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toContain("both follow from the names. Rename one of them.");
});
