import {
    globalManagement,
    type KnownToken,
    type Policy,
    type TokenContent,
} from "../consul/consulAcl.ts";
import type { ClusterRights } from "../protocol/security.ts";
import { clusterOf, type AccessFile } from "./accessFile.ts";
import { ClusterSecrets, type ClusterTokenName, type Token } from "./secrets.ts";

/** What begins the name of each policy that is made here, and the description of each token. */
const mark = "consul-machines";

const rule = (resource: string, policy: "read" | "write") => `${resource} { policy = "${policy}" }`;

/** Rules of the policies that are the same in each cluster, by what they are for; docs/security.md lists them. */
const rules = {
    operate: [
        'operator = "write"',
        'keyring = "write"',
        rule('agent_prefix ""', "read"),
        rule('node_prefix ""', "write"),
        rule('service_prefix ""', "write"),
    ],
    services: [rule('service_prefix ""', "write"), rule('node_prefix ""', "read")],
    metrics: [rule('agent_prefix ""', "read")],
} as const;

/** Rules for the stacks that join a cluster. They write the entries of their own nodes, whose names this cluster does
 * not know, and of none of its own: the rule of one name goes before that of all. */
function joinRules(ownNodes: readonly string[]): Readonly<Record<string, readonly string[]>> {
    const nodes = [
        rule('node_prefix ""', "write"),
        ...[...ownNodes].sort().map((name) => rule(`node "${name}"`, "read")),
    ];
    return {
        "join-agent": [
            ...nodes,
            rule('service_prefix ""', "read"),
            // The same token is its DNS's.
            rule('query_prefix ""', "read"),
        ],
        "join-operate": [
            'operator = "write"',
            'keyring = "read"',
            rule('agent_prefix ""', "read"),
            ...nodes,
            rule('service_prefix ""', "write"),
        ],
    };
}

/** The policies that a secured cluster with these nodes has, besides Consul's own. */
export function wantedPolicies({ nodes }: Pick<ClusterRights, "nodes">): Omit<Policy, "ID">[] {
    const all = { ...rules, ...joinRules(Object.keys(nodes)) };
    return Object.entries(all).map(([name, lines]) => ({
        Name: policyOf(name),
        Rules: lines.join("\n"),
    }));
}

/** What the tokens of the cluster as a whole may do. */
const clusterTokens: Readonly<Record<ClusterTokenName, Omit<TokenContent, "Description">>> = {
    management: { Policies: [{ ID: globalManagement }] },
    operate: { Policies: [{ Name: policyOf("operate") }] },
    services: { Policies: [{ Name: policyOf("services") }] },
    dns: { TemplatedPolicies: [{ TemplateName: "builtin/dns" }] },
    metrics: { Policies: [{ Name: policyOf("metrics") }] },
    "join-agent": { Policies: [{ Name: policyOf("join-agent") }] },
    "join-operate": { Policies: [{ Name: policyOf("join-operate") }] },
    "join-services": { Policies: [{ Name: policyOf("services") }] },
    "join-metrics": { Policies: [{ Name: policyOf("metrics") }] },
};

/** Every token of the cluster as a whole, but the management token. */
const granted = [
    "operate",
    "services",
    "dns",
    "metrics",
    "join-agent",
    "join-operate",
    "join-services",
    "join-metrics",
] as const;

/** A token that a cluster is to have. */
export interface WantedToken extends Token {
    readonly content: TokenContent;
}

/** The tokens that a cluster is to have: those of its own, and one for each node's agent. The management token is not
 * among them: the servers bring it in, under an id of its own, see {@link managementContent}. */
export function wantedTokens(
    { access, rotation, nodes }: ClusterRights,
    { seed, datacenter }: Pick<AccessFile, "seed" | "datacenter">,
): WantedToken[] {
    const secrets = new ClusterSecrets(seed, rotation);
    const describe = describer(access, rotation.tokens);
    return [
        ...granted.map((name) => ({
            ...secrets.token(name),
            content: { Description: describe(name), ...clusterTokens[name] },
        })),
        ...Object.keys(nodes).map((node) => ({
            ...secrets.nodeToken("agent", node),
            content: {
                Description: describe("agent", node),
                NodeIdentities: [{ NodeName: node, Datacenter: datacenter }],
            },
        })),
    ];
}

/** What is said of the management token, and what it may do. */
export function managementContent({ access, rotation }: ClusterRights): TokenContent {
    const describe = describer(access, rotation.management);
    return { Description: describe("management"), ...clusterTokens.management };
}

/**
 * The tokens that were made for a cluster and that it is not to have any more.
 *
 * @param wanted the public ids of those that it is to have.
 */
export function retiredTokens(
    all: readonly KnownToken[],
    access: string,
    wanted: ReadonlySet<string>,
): KnownToken[] {
    const ours = `${mark} ${clusterOf(access)} `;
    return all.filter(
        ({ AccessorID, Description }) => Description.startsWith(ours) && !wanted.has(AccessorID),
    );
}

/** The nodes whose agents' tokens were made for a cluster, whether they are declared still or not. */
export function nodesWithTokens(all: readonly KnownToken[], access: string): ReadonlySet<string> {
    const ours = `${mark} ${clusterOf(access)} agent `;
    return new Set(
        all.flatMap(({ Description }) =>
            Description.startsWith(ours)
                ? [Description.slice(ours.length).replace(/ \d+$/, "")]
                : [],
        ),
    );
}

/** Descriptions of one cluster's tokens, by which they are found: whose, for what, which node's, which generation. */
function describer(access: string, generation: number) {
    return (role: string, node?: string) =>
        [mark, clusterOf(access), role, ...(node === undefined ? [] : [node]), generation].join(
            " ",
        );
}

function policyOf(name: string): string {
    return `${mark}-${name}`;
}
