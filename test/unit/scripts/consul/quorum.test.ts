import { expect, test } from "vitest";
import type { ServerHealth } from "../../../../scripts/consul/answers.ts";
import { guardQuorum, overrideVariable, quorumProblem } from "../../../../scripts/consul/quorum.ts";
import { serverHealth } from "../../../support/fakeConsul.ts";
import { stubEnv } from "../../../support/stubEnv.ts";

/** A cluster of these voters, unhealthy ones in capitals; `?` stands before one that does not vote. */
function cluster(sketch: string) {
    const servers = sketch.split(" ").map((word): ServerHealth => {
        const name = word.replace("?", "").toLowerCase();
        const isUnhealthy = word !== word.toLowerCase();
        return serverHealth(name, { Healthy: !isUnhealthy, Voter: !word.startsWith("?") });
    });
    return { Healthy: true, FailureTolerance: 0, Servers: servers };
}

test.each([
    ["of a single server", "a"],
    ["of two", "a b"],
    ["of two, the other one unhealthy", "a B"],
    ["of three", "a b c"],
    ["of four", "a b c d"],
    ["of five", "a b c d e"],
    ["of five, one of the others unhealthy", "a b c d E"],
    ["of seven, two of the others unhealthy", "a b c d e F G"],
    ["of three, itself unhealthy and another one too", "A B c"],
    ["of five, itself the third unhealthy one", "A B C d e"],
    ["of which it is no voter yet", "?a b C d"],
    ["that does not know it", "b C d"],
    ["of three, beside them an unhealthy one that does not vote", "a b c ?D"],
])("a server of a cluster %s may stop", (_, sketch) => {
    expect(quorumProblem(cluster(sketch), "a")).toBeUndefined();
});

test("a server of a cluster that knows no servers may stop", () => {
    const none = { Healthy: false, FailureTolerance: 0, Servers: [] };
    expect(quorumProblem(none, "a")).toBeUndefined();
});

const ways = `, if losing the quorum is what you want, run this with ${overrideVariable}=1.`;

test.each([
    ["three, one of the others unhealthy", "a B c", [1, 3, 2], "b", "that server"],
    ["three, both others unhealthy", "a B C", [0, 3, 2], "b, c", "those servers"],
    ["four, one of the others unhealthy", "a b c D", [2, 4, 3], "d", "that server"],
    ["five, two of the others unhealthy", "a b c D E", [2, 5, 3], "d, e", "those servers"],
    [
        "three, a healthy one that does not vote beside them",
        "a b C ?d",
        [1, 3, 2],
        "c",
        "that server",
    ],
])(
    "a server of %s may not, and the error names the unhealthy ones",
    (_, sketch, counts, unhealthy, them) => {
        const [others, all, quorum] = counts;
        expect(quorumProblem(cluster(sketch), "a")).toBe(
            `a: without it ${others} of ${all} voters would be healthy, and a quorum is ${quorum}; ` +
                `not healthy now: ${unhealthy}. Nothing was touched. Bring ${them} back first; or${ways}`,
        );
    },
);

test("the guard throws the problem, unless the operator overrides it, by 1 alone", () => {
    const unwell = cluster("a B c");
    const problem = quorumProblem(unwell, "a") ?? "";
    const guard = () => {
        guardQuorum(unwell, "a");
    };
    expect(guard).toThrow(new Error(problem));
    stubEnv(overrideVariable, "yes");
    expect(guard).toThrow(new Error(problem));
    stubEnv(overrideVariable, "1");
    expect(guard).not.toThrow();
});

test("the guard does nothing where there is no problem", () => {
    expect(() => {
        guardQuorum(cluster("a b c"), "a");
    }).not.toThrow();
});
