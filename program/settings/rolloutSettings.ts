import { z } from "zod";
import type { Role } from "../../components/agent/ports.ts";
import { pausesOf, type ClientsAtOnce } from "../../components/cluster/rollout.ts";
import { atOnceRule, isAtOnce, rolloutProblems } from "../../components/cluster/rolloutProblems.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { problem } from "./problems.ts";
import { mapOf } from "./schemaParts.ts";

const nodeRule = "the name of a node";
const nodesRule = "the name of a node, or a list of names";

/** In which steps a change goes, as the stack file has it. */
export const rolloutSchema = mapOf(
    {
        clientsAtOnce: z
            .custom<ClientsAtOnce>(isAtOnce, atOnceRule)
            .exactOptional()
            .meta({
                description:
                    "How many clients may be away at once: a number, or a part of those that are there, rounded down and at " +
                    "least one. A group that fails is the last one.",
                default: "20%",
            }),
        canary: z
            .string(nodeRule)
            .exactOptional()
            .describe("A client that changes alone, before all other clients."),
        pauseBefore: z
            .union([z.string(), z.array(z.string(nodeRule))], nodesRule)
            .exactOptional()
            .describe(
                "The node before which a change stops, or several: then before the first of them. It and all behind it " +
                    "stay as they are until it is left out.",
            ),
    },
    "clientsAtOnce, canary and pauseBefore",
);

/** The settings that bear on it. */
interface RolloutSettings {
    readonly rollout: z.infer<typeof rolloutSchema>;
    readonly oneMachine: boolean;
}

/**
 * What is wrong with the steps in which a change is to go.
 *
 * @param nodes all nodes, servers first.
 * @param security that of the cluster.
 * @param madeWith that with which the cluster was made; undefined for one that is yet to be made.
 */
export function rolloutSettingProblems(
    { rollout, oneMachine }: RolloutSettings,
    nodes: readonly { readonly name: string; readonly role: Role }[],
    security: Security,
    madeWith: Security | undefined,
): string[] {
    const namesOf = (wanted: Role) =>
        nodes.filter(({ role }) => role === wanted).map(({ name }) => name);
    const cluster = { servers: namesOf("server"), clients: namesOf("client") };
    const problems = rolloutProblems(rollout, { ...cluster, isShared: oneMachine });
    const securing = security === "full" && madeWith === "open" && pausesOf(rollout).length > 0;
    const rule = "an open cluster is secured in one run; leave it out until that is done";
    return [
        ...problems.map(({ key, value, rule: broken }) => problem(`rollout.${key}`, value, broken)),
        ...(securing ? [problem("rollout.pauseBefore", rollout.pauseBefore, rule)] : []),
    ];
}
