import { expect, test } from "vitest";
import type { ConsulClusterArgs, NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import {
    progriumChangeProblem,
    progriumProblems,
    progriumReasons,
} from "../../../../components/cluster/progriumProblems.ts";

const nodes = (...names: string[]): NodeArgs[] =>
    names.map((name) => ({ name, machine: { driver: "virtualbox" } }));

const args = (over: Partial<ConsulClusterArgs> = {}): ConsulClusterArgs => ({
    datacenter: "dc1",
    image: { kind: "pulled", reference: "progrium/consul:latest" },
    store: { path: "store" },
    servers: nodes("a", "b", "c"),
    imageFlavour: "progrium",
    ...(over as Partial<ConsulClusterArgs & { machine?: undefined }>),
});

test("a plain cluster of that image is one, also of clients that join another's servers", () => {
    expect(progriumProblems(args({ clients: nodes("x") }))).toEqual([]);
    expect(
        progriumProblems(args({ servers: [], clients: nodes("x"), join: ["192.0.2.1"] })),
    ).toEqual([]);
});

test("what that Consul cannot do is refused, each with its reason", () => {
    const [a, ...rest] = nodes("a", "b");
    const servers = [{ ...a, services: [{ name: "web" }], generation: 2 } as NodeArgs, ...rest];
    expect(progriumProblems(args({ servers, join: ["192.0.2.1"], snapshots: "kept" }))).toEqual([
        `join: got ["192.0.2.1"]; ${progriumReasons.join}.`,
        `a: services: ${progriumReasons.services}.`,
        `a: generation: ${progriumReasons.generations}.`,
        `snapshots: got "kept"; ${progriumReasons.snapshots}.`,
    ]);
    const shared: ConsulClusterArgs = {
        ...args(),
        machine: { driver: "virtualbox" },
        servers: [{ name: "a" }],
        clients: [],
        nodeSubnet: undefined,
    };
    expect(progriumProblems(shared)).toEqual([`machine: ${progriumReasons.oneMachine}.`]);
    expect(progriumProblems({ ...shared, imageFlavour: "official" })).toEqual([]);
});

const formed = { expect: 3, servers: ["a", "b", "c"], imageFlavour: "progrium" } as const;

test("a cluster of several grows and shrinks down to two", () => {
    expect(progriumChangeProblem(formed, args({ servers: nodes("a", "b", "c", "d") }))).toBe(
        undefined,
    );
    expect(progriumChangeProblem(formed, args({ servers: nodes("b", "c") }))).toBe(undefined);
    expect(progriumChangeProblem(formed, args({ servers: nodes("b") }))).toBe(
        "servers: got 1; this cluster was made of 3 servers, and the last one of Consul 0.5.2 would " +
            "elect no leader at its next start. Keep two at least.",
    );
});

test("a cluster of one stays one", () => {
    const alone = { ...formed, expect: 1, servers: ["a"] };
    expect(progriumChangeProblem(alone, args({ servers: nodes("a") }))).toBe(undefined);
    expect(progriumChangeProblem(alone, args())).toBe(
        "servers: got 3; this cluster was made of one server, and with Consul 0.5.2 it would elect no " +
            "leader once it is told of others. Make a new cluster.",
    );
});

test("clients alone have no election to be made otherwise", () => {
    const clients = { expect: 0, servers: [], imageFlavour: "progrium" } as const;
    expect(progriumChangeProblem(clients, args({ servers: [] }))).toBe(undefined);
});

test("no cluster becomes one of the other Consul, also not one made before there were two", () => {
    const old = { expect: 3, servers: ["a", "b", "c"] };
    const today = args({ imageFlavour: undefined });
    expect(progriumChangeProblem(old, today)).toBe(undefined);
    expect(progriumChangeProblem(old, args({ imageFlavour: "official" }))).toBe(undefined);
    expect(progriumChangeProblem(old, args())).toBe(
        'imageFlavour: got "progrium"; this cluster was made with "official", and neither Consul ' +
            "reads the data of the other. Make a new cluster, copy over what it is to keep, and " +
            "destroy this one.",
    );
    expect(progriumChangeProblem(formed, today)).toMatch(
        /^imageFlavour: got "official"; this cluster was made with "progrium"/,
    );
});
