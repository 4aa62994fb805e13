import type { Security } from "../../scripts/protocol/security.ts";
import type { StatedNode } from "./nodeSettings.ts";
import { problem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";

/**
 * What is wrong with the nodes that are to take the place of a Consul that is there already.
 *
 * @param security that of the cluster.
 * @param madeWith that with which the cluster was made; undefined for one that is yet to be made.
 */
export function adoptProblems(
    raw: Pick<
        RawSettings,
        "driver" | "oneMachine" | "imageFlavour" | "join" | "joinStack" | "container"
    >,
    nodes: readonly StatedNode[],
    security: Security,
    madeWith: Security | undefined,
): string[] {
    return nodes.flatMap(({ path, adopt }) => {
        const rule = adopt === undefined ? undefined : adoptRule(raw, security, madeWith);
        return rule === undefined ? [] : [problem(`${path}.adopt`, adopt, rule)];
    });
}

function adoptRule(
    raw: Parameters<typeof adoptProblems>[0],
    security: Security,
    madeWith: Security | undefined,
): string | undefined {
    const { driver, oneMachine, imageFlavour, join, joinStack, container } = raw;
    if (driver !== "generic") {
        return `hosts of the driver generic exist before; machines of the driver ${driver} have nothing to adopt, so leave it out`;
    }
    if (oneMachine) {
        return "nodes that share a machine take nobody's place; give each node a machine of its own";
    }
    if (imageFlavour !== "official") {
        return "only Consul's official image takes the place of another container; leave it out";
    }
    if (join.length > 0 || joinStack !== "") {
        return 'the servers are of this stack then; leave out "join" and "joinStack"';
    }
    if (container.data !== undefined) {
        return 'what is adopted keeps its data where they are; leave "container.data" out';
    }
    return security === "full" && madeWith === undefined
        ? 'what is adopted is an open cluster: set "security" to "open" first, and to "full" once all nodes are adopted'
        : undefined;
}
