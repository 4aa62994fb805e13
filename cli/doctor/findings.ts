import type { ClusterFacts } from "./facts.ts";

/** One thing that is not as it should be. */
export interface Finding {
    /** The nodes it is about; none where it is about the whole cluster. */
    readonly nodes: readonly string[];
    /** Other nodes that have a part in it: what is wrong with them may explain it too. */
    readonly involved?: readonly string[];
    /** What was seen, without the nodes' names before it. */
    readonly seen: string;
    /** Why that matters. */
    readonly why: string;
    /** What to do. */
    readonly fix: string;
}

/** What facts are about. */
export type Asked = "machine" | "container" | "agent";

/** One kind of mistake, and how it is told. */
export interface Check {
    /** Its name, a heading of docs/doctor.md. */
    readonly id: string;
    /** Of what it has to be told anything. @see wasAsked */
    readonly asks: Asked;
    /** What is so where it finds nothing. */
    readonly holds: string;
    /** Checks whose findings explain this one's: about a node of its, or about the whole cluster.
     * What is explained is not said, for its cure is the other one's. */
    readonly explainedBy: readonly string[];
    /** Looks at the facts, and at nothing else. */
    readonly look: (facts: ClusterFacts) => readonly Finding[];
}

/** A finding, and the check that it comes from. */
export interface Diagnosis extends Finding {
    readonly check: string;
}

/** Everything that is wrong, causes without their consequences. */
export function diagnose(checks: readonly Check[], facts: ClusterFacts): Diagnosis[] {
    const all = checks.flatMap((check) =>
        check
            .look(facts)
            .map((finding) => ({ ...finding, check: check.id, by: check.explainedBy })),
    );
    return all
        .filter((one) => !all.some((cause) => one.by.includes(cause.check) && overlap(one, cause)))
        .map(({ check, nodes, seen, why, fix }) => ({ check, nodes, seen, why, fix }));
}

/** Whether a node has a part in both findings. */
function overlap(one: Finding, other: Finding): boolean {
    const isGeneral = one.nodes.length === 0 || other.nodes.length === 0;
    const parts = partsOf(other);
    return isGeneral || partsOf(one).some((node) => parts.includes(node));
}

function partsOf({ nodes, involved = [] }: Finding): string[] {
    return [...nodes, ...involved];
}

/** The report: a line for each check that holds; what is wrong with why, fix and where to read on. */
export function reportFindings(
    checks: readonly Check[],
    facts: ClusterFacts,
    found: readonly Diagnosis[],
): string {
    const raised = new Set(
        checks.filter((check) => check.look(facts).length > 0).map(({ id }) => id),
    );
    const fine = checks
        .filter(({ id, asks }) => !raised.has(id) && wasAsked(facts, asks))
        .map(({ holds }) => `  ok    ${holds}`);
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

/** Whether any of these gave an answer: of what was not asked nothing holds. */
function wasAsked({ nodes }: ClusterFacts, what: Asked): boolean {
    switch (what) {
        case "machine":
            return nodes.some(({ machine }) => machine !== undefined);
        case "container":
            return nodes.some(({ container }) => container !== undefined);
        case "agent":
            return nodes.some(({ agent }) => agent?.self !== undefined);
    }
}
