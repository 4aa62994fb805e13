import type { ClusterFacts, NodeFacts } from "./facts.ts";

/** What is not as it should be. */
export interface Finding {
    /** The nodes it is about. @default the whole cluster */
    readonly nodes?: readonly string[];
    /** Other nodes that have a part in it: what is wrong with them may explain it too. */
    readonly involved?: readonly string[];
    /** What was seen, without the nodes' names before it. */
    readonly seen: string;
    /** Why that matters. */
    readonly why: string;
    /** What to do. */
    readonly fix: string;
    /** As in {@link Check}. @default those of its check */
    readonly explainedBy?: readonly string[];
}

/** What facts are about. */
export type Asked = "machine" | "container" | "agent" | "security" | "listening";

/** One kind of mistake, and how it is reported. */
export interface Check {
    /** Its name, a heading of docs/doctor.md. */
    readonly id: string;
    /** What must have answered for `holds` to be claimed. @default "agent" */
    readonly asks?: Asked;
    /** What is true where it finds nothing; or how that is said of these facts. */
    readonly holds: string | ((facts: ClusterFacts) => string);
    /** Checks whose findings explain this one's: about a node of its, or about the whole cluster. A finding that
     * is explained is not reported, because the fix of the other one is its fix too. @default none */
    readonly explainedBy?: readonly string[];
    /** Decides by the facts alone. */
    readonly find: (facts: ClusterFacts) => readonly Finding[];
}

/** A finding, and the check that it comes from. */
export interface Diagnosis extends Finding {
    readonly check: string;
    readonly nodes: readonly string[];
}

/** Everything that is wrong, causes without their consequences. */
export function diagnose(checks: readonly Check[], facts: ClusterFacts): Diagnosis[] {
    const all = checks.flatMap(({ id: check, explainedBy = [], find }) =>
        find(facts).map((finding) => ({ nodes: [], explainedBy, ...finding, check })),
    );
    return all
        .filter(
            (one) =>
                !all.some((cause) => one.explainedBy.includes(cause.check) && overlap(one, cause)),
        )
        .map(({ check, nodes, seen, why, fix }) => ({ check, nodes, seen, why, fix }));
}

/** Whether a node has a part in both findings. */
function overlap(one: Diagnosis, other: Diagnosis): boolean {
    const isGeneral = one.nodes.length === 0 || other.nodes.length === 0;
    const parts = partsOf(other);
    return isGeneral || partsOf(one).some((node) => parts.includes(node));
}

function partsOf({ nodes, involved = [] }: Diagnosis): string[] {
    return [...nodes, ...involved];
}

/** The report: a line for each check that holds; what is wrong with why, fix and where to read on. */
export function reportFindings(
    checks: readonly Check[],
    facts: ClusterFacts,
    found: readonly Diagnosis[],
): string {
    const fine = checks
        .filter(({ asks = "agent", find }) => hasAnswered(facts, asks) && find(facts).length === 0)
        .map(({ holds }) => `  ok    ${typeof holds === "string" ? holds : holds(facts)}`);
    const wrong = found.map(({ check, nodes, seen, why, fix }) =>
        [
            `  FAIL  ${nodes.length === 0 ? "cluster" : nodes.join(", ")}: ${seen}`,
            `        ${why}`,
            `        ${fix}`,
            `        (docs/doctor.md#${check})`,
        ].join("\n"),
    );
    return [...fine, ...wrong].join("\n");
}

/** Whether any of these gave an answer: of what did not answer nothing is claimed. */
function hasAnswered({ nodes, security }: ClusterFacts, what: Asked): boolean {
    if (what === "security") {
        return security !== undefined;
    }
    const answerOf = (node: NodeFacts) => (what === "agent" ? node.agent?.self : node[what]);
    return nodes.some((node) => answerOf(node) !== undefined);
}
