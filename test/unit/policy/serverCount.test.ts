import { describe, expect, test } from "vitest";
import type { Resource } from "../../../policy/rules/resource.ts";
import { serverCountProblems } from "../../../policy/rules/serverCount.ts";

function cluster(servers: number, name = "consul", security?: string): Resource {
    const roles = [...Array.from({ length: servers }, () => "server"), "client"];
    const nodes = Object.fromEntries(roles.map((role, index) => [`n${index}`, { role }]));
    const secured = security === undefined ? {} : { security };
    return { type: "consul-machines:index:ConsulCluster", name, props: { nodes, ...secured } };
}

function command(name: string, stdin = "{}"): Resource {
    return { type: "command:local:Command", name, props: { stdin } };
}

const formation = (expected: number, name = "consul") =>
    command(`${name}-formation`, JSON.stringify({ expect: expected }));

describe("serverCountProblems", () => {
    test.each([1, 3, 5, 7])("%d", (servers) => {
        expect(serverCountProblems([cluster(servers), formation(servers)])).toEqual([]);
    });

    test.each([
        [2, 1, 3],
        [4, 3, 5],
        [6, 5, 7],
    ])("not %d", (servers, less, more) => {
        expect(serverCountProblems([cluster(servers), formation(servers)])).toEqual([
            `consul: servers: got ${servers}; an odd number: it survives no more failures than ` +
                `${less} would, and has one more server that can fail. Declare ${less} or ${more}.`,
        ]);
    });

    test.each([8, 9])("not %d", (servers) => {
        expect(serverCountProblems([cluster(servers), formation(7)])).toEqual([
            `consul: servers: got ${servers}; at most 7: each one more has to confirm every write. ` +
                "Make the others clients.",
        ]);
    });

    test("each cluster of a stack by itself", () => {
        const resources = [cluster(3, "one"), cluster(2, "two"), formation(3, "one")];
        expect(serverCountProblems([...resources, formation(2, "two")])).toEqual([
            expect.stringContaining("two: servers: got 2;"),
        ]);
    });

    test("an open cluster that joins another is not counted", () => {
        expect(serverCountProblems([cluster(2), formation(0)])).toEqual([]);
        expect(serverCountProblems([cluster(8), formation(0)])).toEqual([]);
        expect(serverCountProblems([cluster(0), formation(0)])).toEqual([]);
    });

    test("a secured cluster that joins another has no CA of its own, and is not counted", () => {
        expect(serverCountProblems([cluster(2, "consul", "full")])).toEqual([]);
        expect(
            serverCountProblems([cluster(2, "consul", "full"), command("consul-ca")]),
        ).toHaveLength(1);
    });

    test("a stack without a cluster", () => {
        expect(serverCountProblems([command("other")])).toEqual([]);
    });
});
