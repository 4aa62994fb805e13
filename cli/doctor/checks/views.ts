import type { AgentFacts, ClusterFacts, MemberFacts, NodeFacts, SelfFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import type { LogSign, SignKind } from "../signs.ts";

/** Finds one thing about the cluster. */
export function perCluster(findIn: (facts: ClusterFacts) => Finding | undefined): Check["find"] {
    return (facts) => about([], findIn(facts));
}

/** Finds one thing about a node, one node at a time. */
export function perNode(
    findIn: (node: NodeFacts, facts: ClusterFacts) => Finding | undefined,
): Check["find"] {
    return (facts) => facts.nodes.flatMap((node) => about([node.name], findIn(node, facts)));
}

/** Finds one thing about an agent, one at a time of those that said who they are. */
export function perSpeaker(findIn: (speaker: Speaker) => Finding | undefined): Check["find"] {
    return (facts) =>
        speakers(facts).flatMap((speaker) => about([speaker.self.name], findIn(speaker)));
}

function about(nodes: readonly string[], finding: Finding | undefined): Finding[] {
    return finding === undefined ? [] : [{ nodes, ...finding }];
}

/** Whether nodes share a machine: then its address is not theirs, and one of them is reached there for all. */
export function isShared({ address, machineAddress = address }: NodeFacts): boolean {
    return address !== machineAddress;
}

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

/** Whether an agent has never met another. One that outlived the others still lists them. */
export function hasMetNone({ agent, self }: Speaker): boolean {
    return agent.members.every(({ name }) => name === self.name);
}

/** The state of each member: the best that any other agent reports, or its own word where it sees no other alive. */
export function standings(facts: ClusterFacts): Map<string, MemberFacts> {
    const found = new Map<string, MemberFacts>();
    for (const { agent, self } of speakers(facts)) {
        const others = agent.members.filter(({ name }) => name !== self.name);
        const isAlone = !others.some(({ status }) => status === "alive");
        for (const member of isAlone ? agent.members : others) {
            if (found.get(member.name)?.status !== "alive") {
                found.set(member.name, member);
            }
        }
    }
    return found;
}

/** The signs of a kind, each with the node whose log has it. */
export function signed(
    { nodes }: ClusterFacts,
    kind: SignKind,
): { readonly node: NodeFacts; readonly sign: LogSign }[] {
    return nodes.flatMap((node) =>
        node.signs.filter((sign) => sign.kind === kind).map((sign) => ({ node, sign })),
    );
}

/** The names of the nodes whose logs have a kind of sign, each once. */
export function signedNames(facts: ClusterFacts, kind: SignKind): string[] {
    return unique(signed(facts, kind).map(({ node }) => node.name));
}

/** Whether any agent knows a leader; undefined where none answered that. */
export function hasLeader({ nodes }: ClusterFacts): boolean | undefined {
    const leaders = nodes.flatMap(({ agent }) => agent?.leader ?? []);
    return leaders.length === 0 ? undefined : leaders.some((leader) => leader !== "");
}

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

/** Each text once, in the given order. */
export function unique(texts: readonly string[]): string[] {
    return [...new Set(texts)];
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
    const last = words.at(-1) ?? "";
    return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** How a container that is stopped or gone comes back. */
export const startAgain =
    "`npm start` brings it back on the same data, or `pulumi up --refresh` in a stack of your own";

/** What keeps a machine's engine from answering. */
export const engineCauses = ["machine-unreachable", "machine-moved", "engine-off"];

/** What keeps a node's container from running. */
export const containerCauses = [
    "container-gone",
    "container-stopped",
    "several-addresses",
    "offline-too-long",
];

/** What keeps agents apart. */
export const separationCauses = [
    "advertised-inside",
    "advertised-elsewhere",
    "joins-itself",
    "join-fails",
    "gossip-key",
    "other-datacenter",
    "id-shared",
    "port-unpublished",
];
