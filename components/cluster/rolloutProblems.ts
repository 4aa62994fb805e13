import type { ConsulClusterArgs, SharedNodeArgs } from "./clusterArgs.ts";
import { pausesOf, type RolloutArgs } from "./rollout.ts";

/** What is wrong with a rollout. */
export interface RolloutProblem {
    readonly key: keyof RolloutArgs;
    readonly value: unknown;
    /** In words that fit the settings and the library's arguments alike. */
    readonly rule: string;
}

/** The nodes that a rollout is of. */
export interface RolloutNodes {
    readonly servers: readonly string[];
    readonly clients: readonly string[];
    /** Whether all share one machine. */
    readonly isShared: boolean;
}

/** What {@link RolloutArgs.clientsAtOnce} may be. */
export const atOnceRule = "a whole number from 1, or a part from 1% to 100%";

/** Whether it is. */
export function isAtOnce(value: unknown): value is RolloutArgs["clientsAtOnce"] {
    return typeof value === "number"
        ? Number.isSafeInteger(value) && value > 0
        : typeof value === "string" && /^([1-9]\d?|100)%$/.test(value);
}

/** Everything that is wrong with a rollout of these nodes. */
export function rolloutProblems(
    rollout: RolloutArgs,
    { servers, clients, isShared }: RolloutNodes,
): RolloutProblem[] {
    const { clientsAtOnce, canary } = rollout;
    const pauses = pausesOf(rollout);
    const problems: RolloutProblem[] = [];
    if (clientsAtOnce !== undefined && !isAtOnce(clientsAtOnce)) {
        problems.push({ key: "clientsAtOnce", value: clientsAtOnce, rule: atOnceRule });
    }
    if (canary !== undefined && !clients.includes(canary)) {
        const rule = servers.includes(canary)
            ? "a client: servers change one after another, the first one first; pauseBefore stops before one of them"
            : `a client; there ${namesOf(clients)}`;
        problems.push({ key: "canary", value: canary, rule });
    }
    if (isShared && pauses.length > 0) {
        const rule = "nodes that share a machine share its image as well; leave it out";
        return [...problems, { key: "pauseBefore", value: rollout.pauseBefore, rule }];
    }
    const nodes = [...servers, ...clients];
    return [
        ...problems,
        ...pauses
            .filter((name) => !nodes.includes(name))
            .map((name) => {
                const rule = `a node; there ${namesOf(nodes)}`;
                return { key: "pauseBefore", value: name, rule } as const;
            }),
    ];
}

/** What is wrong with the steps in which a change of a cluster is to go, a line each. */
export function rolloutArgProblems({
    rollout = {},
    servers,
    clients = [],
    machine,
}: ConsulClusterArgs): string[] {
    const names = (nodes: readonly SharedNodeArgs[]) => nodes.map(({ name }) => name);
    const nodes = { servers: names(servers), clients: names(clients) };
    return rolloutProblems(rollout, { ...nodes, isShared: machine !== undefined }).map(
        ({ key, value, rule }) => `rollout.${key}: got ${JSON.stringify(value)}; ${rule}.`,
    );
}

function namesOf(names: readonly string[]): string {
    return names.length === 0 ? "is none" : `are ${names.join(", ")}`;
}
