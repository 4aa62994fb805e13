import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
    bootstrapExpect,
    failureTolerance,
    joinTargets,
    laterServers,
    parseFormation,
    planCluster,
    type ClusterPlan,
} from "../../../../components/cluster/clusterPlan.ts";
import type { Formation } from "../../../../scripts/protocol/formation.ts";

const names = (role: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);

const plan = (servers: number, clients: number) =>
    planCluster(names("server", servers), names("client", clients));

/** What the plan puts into each node's arguments. */
function argumentsOf(cluster: ClusterPlan, formation: Formation) {
    return Object.fromEntries(
        [...cluster.servers, ...cluster.clients].map((node) => [
            node.name,
            [bootstrapExpect(formation, node), joinTargets(formation, node)],
        ]),
    );
}

const servers = fc.integer({ min: 1, max: 9 });
const several = fc.integer({ min: 2, max: 9 });
const clients = fc.integer({ min: 0, max: 4 });

test("three servers and a client: the first bootstraps, each joins those before it", () => {
    const cluster = plan(3, 1);
    expect(cluster).toEqual({
        servers: [
            { name: "server-1", role: "server" },
            { name: "server-2", role: "server" },
            { name: "server-3", role: "server" },
        ],
        clients: [{ name: "client-1", role: "client" }],
        formation: { expect: 3, servers: ["server-1", "server-2", "server-3"] },
    });
    expect(argumentsOf(cluster, cluster.formation)).toEqual({
        "server-1": [3, []],
        "server-2": [undefined, ["server-1"]],
        "server-3": [undefined, ["server-1", "server-2"]],
        "client-1": [undefined, ["server-1", "server-2", "server-3"]],
    });
});

test("behind each server are those that start after it, behind a client none", () => {
    const cluster = plan(3, 1);
    const behind = [...cluster.servers, ...cluster.clients].map((node) =>
        laterServers(cluster, node),
    );
    expect(behind).toEqual([["server-2", "server-3"], ["server-3"], [], []]);
});

test("exactly one node bootstraps, a server, and it expects every server", () => {
    fc.assert(
        fc.property(servers, clients, (count, others) => {
            const cluster = plan(count, others);
            const told = Object.entries(argumentsOf(cluster, cluster.formation)).flatMap(
                ([name, [expected]]) => (expected === undefined ? [] : [[name, expected]]),
            );
            expect(told).toEqual([["server-1", count]]);
        }),
    );
});

test("no node joins itself, and all but the bootstrap server join somebody", () => {
    fc.assert(
        fc.property(servers, servers, clients, (first, now, others) => {
            const { formation } = plan(first, 0);
            const cluster = plan(now, others);
            for (const node of [...cluster.servers, ...cluster.clients]) {
                const targets = joinTargets(formation, node);
                expect(targets).not.toContain(node.name);
                expect(targets.length === 0).toBe(node.name === "server-1");
            }
        }),
    );
});

test("whoever is joined is a server that is declared before the one that joins", () => {
    fc.assert(
        fc.property(servers, servers, clients, (first, now, others) => {
            const { formation } = plan(first, 0);
            const cluster = plan(now, others);
            const order = formation.servers;
            for (const node of [...cluster.servers, ...cluster.clients]) {
                const place = order.indexOf(node.name);
                for (const target of joinTargets(formation, node)) {
                    expect(order).toContain(target);
                    expect(order.indexOf(target)).toBeLessThan(place === -1 ? order.length : place);
                }
            }
        }),
    );
});

test("no node joins more than three servers, the first ones of the first election", () => {
    const cluster = plan(5, 1);
    const first = ["server-1", "server-2", "server-3"];
    expect(argumentsOf(cluster, cluster.formation)).toEqual({
        "server-1": [5, []],
        "server-2": [undefined, ["server-1"]],
        "server-3": [undefined, ["server-1", "server-2"]],
        "server-4": [undefined, first],
        "server-5": [undefined, first],
        "client-1": [undefined, first],
    });
    fc.assert(
        fc.property(servers, servers, clients, (formed, now, others) => {
            const { formation } = plan(formed, 0);
            const grown = plan(now, others);
            const contacts = names("server", formed).slice(0, 3);
            for (const node of [...grown.servers, ...grown.clients]) {
                const expected = contacts.includes(node.name)
                    ? contacts.slice(0, contacts.indexOf(node.name))
                    : contacts;
                expect(joinTargets(formation, node)).toEqual(expected);
            }
        }),
    );
});

test("the last servers of five leave without changing an argument of those that remain", () => {
    const { formation } = plan(5, 0);
    const before = argumentsOf(plan(5, 2), formation);
    const after = argumentsOf(plan(3, 2), formation);
    expect(before).toEqual({ ...before, ...after });
});

test("growing a cluster changes no argument of a node that is there", () => {
    fc.assert(
        fc.property(
            servers,
            fc.integer({ min: 0, max: 5 }),
            clients,
            fc.integer({ min: 0, max: 3 }),
            (first, more, others, moreOthers) => {
                const { formation } = plan(first, 0);
                const before = argumentsOf(plan(first, others), formation);
                const after = argumentsOf(plan(first + more, others + moreOthers), formation);
                expect(after).toEqual({ ...after, ...before });
            },
        ),
    );
});

test("servers that join another stack's cluster hold no election of their own", () => {
    fc.assert(
        fc.property(servers, clients, (count, others) => {
            const cluster = planCluster(names("server", count), names("client", others), true);
            for (const node of [...cluster.servers, ...cluster.clients]) {
                expect(bootstrapExpect(cluster.formation, node)).toBeUndefined();
            }
        }),
    );
});

test("removing any server of the first election changes no argument of those that remain", () => {
    fc.assert(
        fc.property(several, fc.nat(), clients, (count, pick, others) => {
            const { formation } = plan(count, 0);
            const all = names("server", count);
            const gone = all[pick % count] ?? "";
            const rest = all.filter((name) => name !== gone);
            const before = argumentsOf(plan(count, others), formation);
            const after = argumentsOf(planCluster(rest, names("client", others)), formation);
            expect(before).toEqual({ ...before, ...after });
        }),
    );
});

test("a quorum survives the loss of less than half of the servers", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(failureTolerance)).toEqual([
        0, 0, 0, 1, 1, 2, 2, 3, 3, 4,
    ]);
});

test("how the cluster was formed is read as it was recorded, by any earlier version", () => {
    const whole: Formation = {
        expect: 3,
        servers: ["a", "b", "c"],
        addresses: { a: "10.0.0.1" },
        imageFlavour: "progrium",
    };
    const { addresses, imageFlavour, ...first } = whole;
    expect([addresses?.a, imageFlavour]).toEqual(["10.0.0.1", "progrium"]);
    for (const recorded of [whole, first]) {
        expect(parseFormation(JSON.stringify(recorded))).toEqual(recorded);
    }
});

test.each(["", "done", "null", "[]", '{"expect":3}', '{"expect":"3","servers":["a"]}'])(
    "%j is no formation",
    (answer) => {
        expect(() => parseFormation(answer)).toThrow(`formation record: got "${answer}"`);
    },
);
