import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodesAmong } from "../../../../components/cluster/existingNodes.ts";
import {
    clientGroups,
    clientTurns,
    groupSize,
    type RolloutArgs,
    type TurnNode,
} from "../../../../components/cluster/rollout.ts";
import { isAtOnce, rolloutProblems } from "../../../../components/cluster/rolloutProblems.ts";

const clients = (count: number): TurnNode[] =>
    Array.from({ length: count }, (_, index) => ({ name: `client-${index + 1}` }));

const namesOf = (groups: readonly (readonly TurnNode[])[]) =>
    groups.map((group) => group.map(({ name }) => name));

const named = (text: string) => Array.from(text).map((name): TurnNode => ({ name }));

const groupsOf = (text: string, rollout?: RolloutArgs) =>
    namesOf(clientGroups(named(text), rollout)).map((group) => group.join(""));

describe("how many clients may be away at once", () => {
    test.each([
        [1, undefined, 1],
        [4, undefined, 1],
        [5, undefined, 1],
        [9, undefined, 1],
        [10, undefined, 2],
        [20, undefined, 4],
        [99, undefined, 19],
        [20, "50%", 10],
        [3, "1%", 1],
        [20, "100%", 20],
        [20, 7, 7],
        [2, 7, 7],
    ] as const)("of %i clients with %j: %i", (count, atOnce, size) => {
        expect(groupSize(count, atOnce)).toBe(size);
    });

    test.each([1, 99, "1%", "20%", "100%"])("%j is understood", (value) => {
        expect(isAtOnce(value)).toBe(true);
    });

    test.each([0, -1, 1.5, "0%", "101%", "20", "20 %", "2.5%", "", "many", null, undefined, ["1"]])(
        "%j is not",
        (value) => {
            expect(isAtOnce(value)).toBe(false);
        },
    );
});

describe("the groups in which clients change", () => {
    test("are of the settings' order, a fifth at a time", () => {
        expect(namesOf(clientGroups(clients(12)))).toEqual([
            ["client-1", "client-2"],
            ["client-3", "client-4"],
            ["client-5", "client-6"],
            ["client-7", "client-8"],
            ["client-9", "client-10"],
            ["client-11", "client-12"],
        ]);
    });

    test("begin with the canary, alone", () => {
        expect(groupsOf("abcdef", { clientsAtOnce: 2, canary: "d" })).toEqual([
            "d",
            "ab",
            "ce",
            "f",
        ]);
    });

    test("have none that are not there yet, also not as a part of which to take a fifth", () => {
        const existing = ["server-1", "b", "d", "e"];
        expect(groupsOf("abcdefghij", { existing, clientsAtOnce: "67%" })).toEqual(["bd", "e"]);
        expect(groupsOf("abcdefghij", { existing, canary: "a" })).toEqual(["b", "d", "e"]);
        expect(groupsOf("abc", { existing: [] })).toEqual([]);
    });

    test("have those that take the place of a Consul that runs, though nothing is known of them yet", () => {
        const adopting = named("abc").map((node) => ({ ...node, adopt: { container: "consul" } }));
        expect(namesOf(clientGroups(adopting, { existing: [] }))).toEqual([["a"], ["b"], ["c"]]);
    });

    test("end with those whose machine does not answer, so that they stop no other", () => {
        const some = named("abcd").map((node) => ({
            ...node,
            unreachable: "ac".includes(node.name),
        }));
        expect(namesOf(clientGroups(some, { clientsAtOnce: 2 }))).toEqual([
            ["b", "d"],
            ["a", "c"],
        ]);
    });
});

describe("for 1 to 20 clients, whatever the bound, the canary and those that are there", () => {
    const rollouts = fc.integer({ min: 1, max: 20 }).chain((count) =>
        fc.record({
            count: fc.constant(count),
            clientsAtOnce: fc.oneof(
                fc.integer({ min: 1, max: 25 }),
                fc.integer({ min: 1, max: 100 }).map((part) => `${part}%` as const),
            ),
            canary: fc.option(
                fc.integer({ min: 1, max: count }).map((n) => `client-${n}`),
                {
                    nil: undefined,
                },
            ),
            existing: fc.option(fc.subarray(clients(count).map(({ name }) => name)), {
                nil: undefined,
            }),
            silent: fc.subarray(clients(count).map(({ name }) => name)),
        }),
    );

    test("each client has one turn, behind clients that have theirs before it: there is no circle", () => {
        fc.assert(
            fc.property(rollouts, ({ count, silent, ...rollout }) => {
                const nodes = clients(count).map((node) => ({
                    ...node,
                    unreachable: silent.includes(node.name),
                }));
                const turns = clientTurns(nodes, rollout);
                expect(turns.map(({ node }) => node.name).sort()).toEqual(
                    nodes.map(({ name }) => name).sort(),
                );
                const had = new Set<string>();
                for (const { node, after } of turns) {
                    expect(after.filter((name) => !had.has(name))).toEqual([]);
                    had.add(node.name);
                }
            }),
        );
    });

    test("never are more than the bound in flight, however long each takes", () => {
        fc.assert(
            fc.property(
                rollouts,
                fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 20, maxLength: 20 }),
                ({ count, silent, ...rollout }, durations) => {
                    const { existing } = rollout;
                    const there = clients(count).filter(
                        ({ name }) => existing?.includes(name) !== false,
                    );
                    const bound = groupSize(there.length, rollout.clientsAtOnce);
                    const nodes = clients(count).map((node) => ({
                        ...node,
                        unreachable: silent.includes(node.name),
                    }));
                    const turns = clientTurns(nodes, rollout);
                    expect(mostAway(turns, there, durations)).toBeLessThanOrEqual(bound);
                },
            ),
        );
    });

    test("with a canary, every other one that is there waits for it", () => {
        fc.assert(
            fc.property(rollouts, ({ count, ...rollout }) => {
                const [first, ...others] = clientGroups(clients(count), rollout);
                const isThere = others
                    .concat(first ?? [])
                    .flat()
                    .some(({ name }) => name === rollout.canary);
                fc.pre(rollout.canary !== undefined && isThere);
                expect(first?.map(({ name }) => name)).toEqual([rollout.canary]);
            }),
        );
    });
});

/** Plays a change: each client begins once those before it are through, and is away for its duration. */
function mostAway(
    turns: ReturnType<typeof clientTurns>,
    there: readonly TurnNode[],
    durations: readonly number[],
): number {
    const ends = new Map<string, number>();
    const spans = turns.map(({ node: { name }, after }, index) => {
        const begin = Math.max(0, ...after.map((before) => ends.get(before) ?? Infinity));
        const end = begin + (durations[index] ?? 1);
        ends.set(name, end);
        return { name, begin, end };
    });
    const counted = spans.filter(({ name }) => there.some((node) => node.name === name));
    return Math.max(
        0,
        ...counted.map(
            ({ begin }) => counted.filter((one) => one.begin <= begin && begin < one.end).length,
        ),
    );
}

describe("what is wrong with a rollout", () => {
    const nodes = { servers: ["s1", "s2"], clients: ["c1"], isShared: false };

    test("nothing, where it names nodes that there are", () => {
        const rollout = { clientsAtOnce: 2, canary: "c1", pauseBefore: ["s2", "c1"] };
        expect(rolloutProblems(rollout, nodes)).toEqual([]);
        expect(rolloutProblems({ pauseBefore: "s1" }, nodes)).toEqual([]);
        expect(rolloutProblems({}, { ...nodes, isShared: true })).toEqual([]);
    });

    test.each([
        [
            { canary: "s2" },
            "a client: servers change one after another, the first one first; pauseBefore stops before one of them",
        ],
        [{ canary: "c2" }, "a client; there are c1"],
        [{ pauseBefore: "c2" }, "a node; there are s1, s2, c1"],
        [{ clientsAtOnce: 0 }, "a whole number from 1, or a part from 1% to 100%"],
    ])("%j", (rollout: RolloutArgs, rule) => {
        const [problem, ...others] = rolloutProblems(rollout, nodes);
        expect(problem).toEqual({ key: Object.keys(rollout)[0], value: problem?.value, rule });
        expect(Object.values(rollout)).toEqual([problem?.value]);
        expect(others).toEqual([]);
    });

    test("a canary where there is no client", () => {
        const [problem] = rolloutProblems({ canary: "c1" }, { ...nodes, clients: [] });
        expect(problem?.rule).toBe("a client; there is none");
    });

    test("a pause where all nodes share one machine", () => {
        const [problem, ...others] = rolloutProblems(
            { pauseBefore: ["none"], canary: "c1" },
            { ...nodes, isShared: true },
        );
        expect(problem?.rule).toBe(
            "nodes that share a machine share its image as well; leave it out",
        );
        expect(others).toEqual([]);
    });
});

test("a node is there once it has a place in the cluster, whichever machine of its it was", () => {
    const urn = (type: string, name: string) =>
        `urn:pulumi:dev::consul-machines::consul-machines:index:ConsulCluster$${type}::${name}`;
    const command = "consul-machines:index:ConsulNode$command:local:Command";
    const urns = [
        urn(command, "consul-server-1-member"),
        urn(command, "consul-server-1-ready"),
        urn(command, "consul-client-1.3-member"),
        urn(command, "consul-client-1-member"),
        urn(command, "consul-client-2-machine"),
        urn(command, "other-client-9-member"),
        "urn:pulumi:dev::consul-machines::pulumi:pulumi:Stack::consul-machines-dev",
    ];
    expect(nodesAmong("consul", urns)).toEqual(["server-1", "client-1"]);
});
