import type { Formation } from "../../scripts/protocol/formation.ts";
import type { Rotation, Security } from "../../scripts/protocol/security.ts";
import { environmentVariableProblems, type TlsSettings } from "../agent/agentConfig.ts";
import { fullWithoutProgrium } from "../agent/imageContracts.ts";
import { securityOf, type ConsulClusterArgs } from "./clusterArgs.ts";

/** Why a secured cluster cannot be what it is asked for, in words that fit the settings and the library's
 * arguments alike. */
export const securityReasons = {
    imageFlavour: fullWithoutProgrium,
    join:
        "the agents of a secured cluster need its CA and keys, which an address alone does not give; name its stack " +
        'with "joinStack" (joinCluster of the library), or join an open cluster, with "security" set to "open"',
    rotate: "an open cluster has no secrets to replace",
    authority:
        'the agents of an open cluster have no certificates; leave it out, or secure the cluster with "security" set to ' +
        '"full"',
    gossipKey:
        'an open cluster encrypts no gossip; leave it out, or secure the cluster with "security" set to "full"',
    tls: 'an open cluster speaks no TLS; leave it out, or secure the cluster with "security" set to "full"',
} as const;

/** Why the CA of a cluster has no number where it is brought. */
export const broughtCaReason =
    'the CA is brought with "authority", and there is none of ours to replace; bring another one there, and leave this out';

/** The same of the gossip key. */
export const broughtGossipReason =
    'the gossip key is brought with "gossipKey", and there is none of ours to replace; bring another one there, and leave ' +
    "this out";

/** What a cluster may be asked for that does not go with its security. */
export type SecurityRefusal = keyof typeof securityReasons;

/** Everything that a cluster is asked for and cannot have with its security. */
export function securityRefusals(cluster: {
    readonly security: Security;
    readonly imageFlavour?: string | undefined;
    readonly join?: readonly string[] | undefined;
    readonly rotate?: Partial<Rotation> | undefined;
    readonly tls?: TlsSettings | undefined;
    readonly authority?: object | undefined;
    readonly gossipKey?: string | object | undefined;
    /** Whether another stack's secured cluster is joined, so that addresses are refused anyway. @default false */
    readonly joinsSecured?: boolean;
}): SecurityRefusal[] {
    const { security, imageFlavour, join = [], joinsSecured = false } = cluster;
    if (security === "open") {
        const { gossipKey = "" } = cluster;
        return [
            ...(["rotate", "tls", "authority"] as const).filter(
                (what) => Object.keys(cluster[what] ?? {}).length > 0,
            ),
            ...(gossipKey === "" ? [] : (["gossipKey"] as const)),
        ];
    }
    if (imageFlavour === "progrium") {
        return ["imageFlavour"];
    }
    return join.length > 0 && !joinsSecured ? ["join"] : [];
}

/** What is wrong with a cluster's security, a line each. */
export function securityProblems(args: ConsulClusterArgs): string[] {
    const security = securityOf(args);
    const joinsSecured = args.joinCluster !== undefined;
    const refused = securityRefusals({ ...args, security, joinsSecured }).map(
        (what) => `${what}: got ${shown(what, args)}; ${securityReasons[what]}.`,
    );
    if (security === "open") {
        return refused;
    }
    const counts = Object.entries(args.rotate ?? {}).flatMap(([what, count]) =>
        isCount(count) ? [] : [`rotate.${what}: got ${count}; a whole number, 1 at the beginning.`],
    );
    const { environment = {}, authority, gossipKey, rotate } = args;
    const numbered = [
        ...(authority === undefined || rotate?.ca === undefined
            ? []
            : [`rotate.ca: got ${rotate.ca}; ${broughtCaReason}.`]),
        ...(gossipKey === undefined || rotate?.gossip === undefined
            ? []
            : [`rotate.gossip: got ${rotate.gossip}; ${broughtGossipReason}.`]),
    ];
    return [
        ...refused,
        ...counts,
        ...numbered,
        ...environmentVariableProblems(environment, security),
    ];
}

/** What is brought is secret, or has a secret in it. */
function shown(what: SecurityRefusal, args: ConsulClusterArgs): string {
    return what === "authority" || what === "gossipKey" ? "one" : JSON.stringify(args[what]);
}

function isCount(value: number): boolean {
    return Number.isSafeInteger(value) && value >= 1;
}

/**
 * Why a cluster of one security cannot become one of another; undefined where it can. An open one is secured while it
 * runs, and never the other way round.
 *
 * @param before what it was made with.
 */
export function securityChange(before: Security, now: Security): string | undefined {
    return before === "full" && now === "open"
        ? 'got "open"; this cluster is secured, or on its way to that, and what was kept from whoever reaches its ' +
              "network would lie open. Take a snapshot, make a new stack that is open, and restore the snapshot " +
              "there: docs/restore.md"
        : undefined;
}

/** Why a cluster of the recorded security cannot have the one that is asked for; undefined where it has it. */
export function securityChangeProblem(
    { security: before = "open" }: Formation,
    args: ConsulClusterArgs,
): string | undefined {
    if (before === "open" && args.security === undefined) {
        return (
            'security: this cluster was made open, and it is not said what it is to be; "open" keeps it so, and ' +
            '"full" secures it while it runs: docs/security.md.'
        );
    }
    const change = securityChange(before, securityOf(args));
    return change === undefined ? undefined : `security: ${change}.`;
}
