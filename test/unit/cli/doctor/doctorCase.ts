import type { ClusterFacts } from "../../../../cli/doctor/facts.ts";

/** Facts about a cluster that is not well, and what is said of it. */
export interface DoctorCase {
    readonly what: string;
    readonly facts: ClusterFacts;
    readonly found: readonly {
        /** The check and the nodes: `not-alive s2`. */
        readonly is: string;
        /** A part of what was seen, and of what to do. */
        readonly seen: string;
        readonly fix: string;
    }[];
}

/** A case of which one thing is said. */
export const one = (
    what: string,
    facts: ClusterFacts,
    is: string,
    seen: string,
    fix: string,
): DoctorCase => ({ what, facts, found: [{ is, seen, fix }] });
