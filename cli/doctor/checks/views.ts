import type { AgentFacts, ClusterFacts, MemberFacts, NodeFacts, SelfFacts } from "../facts.ts";
import type { LogSign, SignKind } from "../signs.ts";

/** A node whose agent said who it is. */
export interface Speaker {
    readonly node: NodeFacts;
    readonly agent: AgentFacts;
    readonly self: SelfFacts;
}

/** The nodes whose agents said who they are. */
export function speakers({ nodes }: ClusterFacts): Speaker[] {
    return nodes.flatMap((node) => {
        const { agent } = node;
        return agent?.self === undefined ? [] : [{ node, agent, self: agent.self }];
    });
}

/** The other members that an agent sees alive. */
export function livingOthers({ agent, self }: Speaker): MemberFacts[] {
    return agent.members.filter(({ name, status }) => name !== self.name && status === "alive");
}

/** Whether an agent sees nobody. One that says nothing of members sees nobody that we know of. */
export function isAlone(speaker: Speaker): boolean {
    return livingOthers(speaker).length === 0;
}

/** Whether an agent has never met another. One that outlived the others knows of them still. */
export function hasMetNobody({ agent, self }: Speaker): boolean {
    return agent.members.every(({ name }) => name === self.name);
}

/** What each member's neighbours make of it: the best that any agent but itself says of it. */
export function standings(facts: ClusterFacts): Map<string, MemberFacts> {
    const found = new Map<string, MemberFacts>();
    for (const speaker of speakers(facts)) {
        for (const member of speaker.agent.members) {
            const isSelf = member.name === speaker.self.name && !isAlone(speaker);
            const before = found.get(member.name);
            if (!isSelf && before?.status !== "alive") {
                found.set(member.name, member);
            }
        }
    }
    return found;
}

/** The signs of a kind, each with the node in whose log it is. */
export function signed(
    { nodes }: ClusterFacts,
    kind: SignKind,
): { readonly node: NodeFacts; readonly sign: LogSign }[] {
    return nodes.flatMap((node) =>
        node.signs.filter((sign) => sign.kind === kind).map((sign) => ({ node, sign })),
    );
}

/** The nodes in whose logs a kind of sign is, each once. */
export function signedNodes(facts: ClusterFacts, kind: SignKind): NodeFacts[] {
    return [...new Set(signed(facts, kind).map(({ node }) => node))];
}

/** Whether any agent knows a leader; undefined where none would say. */
export function hasLeader(facts: ClusterFacts): boolean | undefined {
    const said = facts.nodes.flatMap(({ agent }) =>
        agent?.leader === undefined ? [] : [agent.leader],
    );
    return said.length === 0 ? undefined : said.some((leader) => leader !== "");
}

/** Names in the order of the nodes, each once. */
export function unique(names: readonly string[]): string[] {
    return [...new Set(names)];
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
    const last = words.at(-1) ?? "";
    return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** How a container that is stopped or gone comes back. */
export const startAgain =
    "`npm start` brings it back on the same data, or `pulumi up --refresh` in a stack of your own";

/** What keeps servers apart, so that no leader is the consequence. */
export const causesOfSilence = [
    "advertised-inside",
    "advertised-elsewhere",
    "joins-itself",
    "join-fails",
    "gossip-key",
    "other-datacenter",
    "id-shared",
    "port-unpublished",
];

/** The servers that are alive: to the others, or because they answered themselves. */
export function livingServers(
    facts: ClusterFacts,
): { readonly name: string; readonly id: string }[] {
    const spoken = speakers(facts).filter(({ self }) => self.isServer);
    const isLiving = ({ isServer, status }: MemberFacts) => isServer && status === "alive";
    const seen = [...standings(facts).values()].filter(isLiving);
    const all = [
        ...spoken.map(({ self }) => [self.name, self.id] as const),
        ...seen.map(({ name, id }) => [name, id ?? name] as const),
    ];
    return [...new Map(all)].map(([name, id]) => ({ name, id }));
}
