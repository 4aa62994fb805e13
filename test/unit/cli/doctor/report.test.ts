import { describe, expect, it } from "vitest";
import {
    diagnose,
    reportFindings,
    type Check,
    type Finding,
} from "../../../../cli/doctor/findings.ts";
import { reportTools } from "../../../../cli/show/tools.ts";
import { clusterOf } from "../../../support/doctorFacts.ts";

const facts = clusterOf({ s1: {}, s2: {} });
const about = (...nodes: string[]): Finding => ({ nodes, seen: "is odd", why: "Why.", fix: "Do." });

/** A check that finds these things, and is explained by these checks. */
function check(id: string, finds: readonly Finding[], ...explainedBy: string[]): Check {
    return { id, asks: "agent", holds: `${id} holds`, explainedBy, find: () => finds };
}

const ids = (checks: readonly Check[]) => diagnose(checks, facts).map((one) => one.check);

describe("diagnose", () => {
    it.each([
        ["about the same node", about("s1"), about("s1"), false],
        ["about another node", about("s2"), about("s1"), true],
        ["about the whole cluster, by one node's", about("s2"), about(), false],
        ["about a node, by the cluster's", about(), about("s1"), false],
        [
            "with a node that has a part in it",
            about("s2"),
            { ...about("s1"), involved: ["s2"] },
            false,
        ],
    ])("says a consequence %s: %s", (_, cause, consequence, isSaid) => {
        const checks = [check("cause", [cause]), check("effect", [consequence], "cause")];
        expect(ids(checks)).toEqual(isSaid ? ["cause", "effect"] : ["cause"]);
    });

    it("leaves nothing out whose cause is not there", () => {
        expect(ids([check("cause", []), check("effect", [about("s1")], "cause")])).toEqual([
            "effect",
        ]);
    });
});

describe("reportFindings", () => {
    it("has a line for what holds, and for the rest who, what, why, cure and where to read on", () => {
        const checks = [
            check("fine", []),
            check("cause", [about("s1", "s2")]),
            check("effect", [about("s1")], "cause"),
            check("all", [about()]),
        ];
        expect(reportFindings(checks, facts, diagnose(checks, facts)).split("\n")).toEqual([
            "  ok    fine holds",
            "  FAIL  s1, s2: is odd",
            "        Why.",
            "        Do.",
            "        (docs/doctor.md#cause)",
            "  FAIL  cluster: is odd",
            "        Why.",
            "        Do.",
            "        (docs/doctor.md#all)",
        ]);
    });

    it("has a finding's own causes before those of its check", () => {
        const odd = { ...about("s1"), explainedBy: ["other"] };
        expect(ids([check("cause", [about("s1")]), check("effect", [odd], "cause")])).toEqual([
            "cause",
            "effect",
        ]);
        expect(ids([check("other", [about("s1")]), check("effect", [odd], "cause")])).toEqual([
            "other",
        ]);
    });

    it("says what holds of these facts, where a check has words for them", () => {
        const counting: Check = { ...check("x", []), holds: ({ nodes }) => `${nodes.length} hold` };
        expect(reportFindings([counting], facts, [])).toBe("  ok    2 hold");
    });

    it("claims nothing of what was not asked", () => {
        const [node] = clusterOf({ s1: {} }).nodes;
        const bare = {
            ...facts,
            nodes:
                node === undefined ? [] : [{ ...node, machine: undefined, container: undefined }],
        };
        const checks = (["machine", "container", "agent"] as const).map((asks) => {
            return { ...check(asks, []), asks };
        });
        expect(reportFindings(checks, facts, []).split("\n")).toHaveLength(3);
        expect(reportFindings(checks, bare, [])).toBe("  ok    agent holds");
        expect(reportFindings(checks, { ...facts, nodes: [] }, [])).toBe("");
    });
});

describe("reportTools", () => {
    it("prints one line per tool, and what to do below one that is missing", () => {
        const tools = [
            { name: "Saw", note: "1.0 on PATH" },
            { name: "Nail", note: "none", advice: "Buy nails." },
        ];
        expect(reportTools(tools)).toBe(
            "  ok    Saw: 1.0 on PATH\n  FAIL  Nail: none\n        Buy nails.",
        );
    });
});
