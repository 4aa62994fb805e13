import type { Formation } from "../../scripts/protocol/formation.ts";
import type { Rotation, Security } from "../../scripts/protocol/security.ts";
import type { ConsulClusterArgs } from "./clusterArgs.ts";
import { securityOf } from "./clusterArgs.ts";

/** What keeps nodes from joining the secured cluster of another stack. */
export interface JoinRefusal {
    /** The kind of secret that cannot be replaced here. @default the cluster cannot be joined at all */
    readonly rotate?: keyof Rotation;
    /** A secret of one's own that is refused. @default it is none */
    readonly brought?: "authority" | "gossipKey";
    /** In words that fit the settings and the library's arguments alike. */
    readonly reason: string;
}

/** Kinds of secrets of which nodes in another stack's cluster have none of their own. */
const othersSecrets = ["ca", "gossip", "management"] as const;

/** Everything that does not go with joining the secured cluster of another stack. */
export function joinRefusals(cluster: {
    readonly security: Security;
    /** Addresses of an open cluster. */
    readonly join?: readonly string[] | undefined;
    readonly rotate?: Partial<Rotation> | undefined;
    readonly authority?: object | undefined;
    readonly gossipKey?: string | object | undefined;
}): JoinRefusal[] {
    const { security, join = [], rotate = {}, authority, gossipKey = "" } = cluster;
    const reasons = [
        ...(security === "open"
            ? [
                  "these nodes are open, and a secured cluster takes none that are; an open cluster is joined by its " +
                      'servers\' addresses: "join"',
              ]
            : []),
        ...(join.length > 0
            ? [
                  "a cluster is joined by its servers' addresses where it is open, or by its stack where it is secured; " +
                      "leave one of the two out",
              ]
            : []),
    ];
    return [
        ...reasons.map((reason) => ({ reason })),
        ...othersSecrets
            .filter((kind) => rotate[kind] !== undefined)
            .map((kind) => ({
                rotate: kind,
                reason: "it is that of the cluster which is joined; replace it in its stack, then run `pulumi up` here",
            })),
        ...(authority === undefined
            ? []
            : [
                  {
                      brought: "authority",
                      reason: "the CA is that of the cluster which is joined; bring it in its stack, and leave this out",
                  } as const,
              ]),
        ...(gossipKey === ""
            ? []
            : [
                  {
                      brought: "gossipKey",
                      reason: "the gossip key is that of the cluster which is joined; bring it in its stack, and leave this out",
                  } as const,
              ]),
    ];
}

/** Why a cluster that was made is not what it is declared to be: another stack's, or one of its own. Undefined where it
 * is, and for one that is open. */
export function joinChangeProblem(
    { expect, security }: Formation,
    { joinCluster }: Pick<ConsulClusterArgs, "joinCluster">,
): string | undefined {
    const joined = expect === 0;
    if (security !== "full" || joined === (joinCluster !== undefined)) {
        return undefined;
    }
    return joined
        ? "joinStack: got none; these nodes were made in the cluster of another stack, and are in no other one by leaving " +
              "it out. Destroy this stack, then make it again."
        : "joinStack: this stack was made with a cluster of its own, whose data would be lost. Destroy it, or make " +
              "another stack for the nodes that are to join.";
}

/** What keeps a cluster's nodes from joining another stack's secured one, a line each. */
export function joinProblems(args: ConsulClusterArgs): string[] {
    if (args.joinCluster === undefined) {
        return [];
    }
    return joinRefusals({ ...args, security: securityOf(args) }).map((refused) => {
        const { rotate, brought, reason } = refused;
        const what = rotate === undefined ? "joinCluster" : `rotate.${rotate}`;
        return `${brought ?? what}: ${reason}.`;
    });
}
