/** How many clients at once: a number, or a part of those that are there. */
export type ClientsAtOnce = number | `${number}%`;

/** How far a change of a cluster goes, and in which steps. */
export interface RolloutArgs {
    /**
     * How many clients may be away at once: their containers are replaced, and their machines are, in groups of as many, each
     * behind the gates of the group before it. A group that fails is the last one. A number, or a part of the clients
     * that are there, `"25%"`, rounded down and at least one. A change of it replaces nothing. @default "20%"
     */
    readonly clientsAtOnce?: ClientsAtOnce | undefined;
    /**
     * A client that changes alone, before all other clients. Servers change one after another in any case, the first one
     * first. A change of it replaces nothing. @default none
     */
    readonly canary?: string | undefined;
    /**
     * The node before which a change stops, or several: then before the first of them. It and all that would change behind it
     * stay as they are, machines included, until it is left out: all servers that are declared behind it and all
     * clients, or for a client those that take their turn behind it. What is not there yet is made in any case. Not for
     * nodes that share a machine. @default none
     */
    readonly pauseBefore?: string | readonly string[] | undefined;
    /**
     * The nodes that are there before this run, as {@link existingNodes} finds them: others start without waiting for
     * their turn, for nothing is lost by it, and no other node waits for them. @default all of them, so that the clients of a
     * new cluster start in groups, too
     */
    readonly existing?: readonly string[] | undefined;
}

/** What is asked of a node about its turn. */
export interface TurnNode {
    readonly name: string;
    /** What it takes the place of. @default nothing */
    readonly adopt?: object | undefined;
    /** Whether its machine is known not to answer. @default false */
    readonly unreachable?: boolean | undefined;
}

/** A node, and those whose gates it waits for when it changes. */
export interface Turn<Node> {
    readonly node: Node;
    /** Names of the group before it. */
    readonly after: readonly string[];
}

const defaultAtOnce: ClientsAtOnce = "20%";

/**
 * How many of so many clients may be away at once.
 *
 * @param count clients that are there.
 */
export function groupSize(count: number, atOnce: ClientsAtOnce = defaultAtOnce): number {
    const size =
        typeof atOnce === "number" ? atOnce : Math.floor((count * Number.parseFloat(atOnce)) / 100);
    return Math.max(1, size);
}

/**
 * The clients in the groups in which they change: the canary alone, then the others in the order of the settings, at last
 * those whose machine does not answer, so that they stop no other. Those that are not there yet are in none.
 */
export function clientGroups<Node extends TurnNode>(
    clients: readonly Node[],
    { clientsAtOnce, canary, existing }: RolloutArgs = {},
): Node[][] {
    const there = clients.filter((node) => isThere(node, existing));
    const size = groupSize(there.length, clientsAtOnce);
    const first = there.filter(({ name }) => name === canary);
    const others = there.filter(({ name }) => name !== canary);
    const answering = others.filter(({ unreachable }) => unreachable !== true);
    const silent = others.filter(({ unreachable }) => unreachable === true);
    return [first, ...chunks(answering, size), ...chunks(silent, size)].filter(
        ({ length }) => length > 0,
    );
}

/** When each client takes its turn, in an order in which those that it waits for come before it. */
export function clientTurns<Node extends TurnNode>(
    clients: readonly Node[],
    rollout: RolloutArgs = {},
): Turn<Node>[] {
    const groups = clientGroups(clients, rollout);
    const rolling = new Set(groups.flat());
    return [
        ...clients.filter((node) => !rolling.has(node)).map((node) => ({ node, after: [] })),
        ...groups.flatMap((group, index) => {
            const after = (groups[index - 1] ?? []).map(({ name }) => name);
            return group.map((node) => ({ node, after }));
        }),
    ];
}

/** The nodes before which a change stops. */
export function pausesOf({ pauseBefore = [] }: RolloutArgs): readonly string[] {
    return typeof pauseBefore === "string" ? [pauseBefore] : pauseBefore;
}

/**
 * The names of the nodes that a pause keeps as they are, in the order in which they would change: the first one before
 * which it stops, and all behind it.
 */
export function heldNodes(
    servers: readonly TurnNode[],
    clients: readonly TurnNode[],
    rollout: RolloutArgs = {},
): string[] {
    const pauses = pausesOf(rollout);
    // Also those that are not there yet: they have a turn once they are.
    const inTurn = clientGroups(clients, { ...rollout, existing: undefined });
    const names = [...servers, ...inTurn.flat()].map(({ name }) => name);
    const first = names.findIndex((name) => pauses.includes(name));
    return first === -1 ? [] : names.slice(first);
}

/** Whether a node is there already: one that takes the place of a Consul that runs is, too. */
export function isThere({ name, adopt }: TurnNode, existing: RolloutArgs["existing"]): boolean {
    return existing === undefined || existing.includes(name) || adopt !== undefined;
}

function chunks<T>(all: readonly T[], size: number): T[][] {
    const count = Math.ceil(all.length / size);
    return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
