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

/** Rules of the policies that are made here, by what they are for; the tests of each are in docs/security.md. */
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

/** The policies that a secured cluster has, besides Consul's own. */
export const policies: readonly Omit<Policy, "ID">[] = Object.entries(rules).map(
    ([name, lines]) => ({ Name: policyOf(name), Rules: lines.join("\n") }),
);

/** What the tokens of the cluster as a whole may do. */
const clusterTokens: Readonly<Record<ClusterTokenName, Omit<TokenContent, "Description">>> = {
    management: { Policies: [{ ID: globalManagement }] },
    operate: { Policies: [{ Name: policyOf("operate") }] },
    services: { Policies: [{ Name: policyOf("services") }] },
    dns: { TemplatedPolicies: [{ TemplateName: "builtin/dns" }] },
    metrics: { Policies: [{ Name: policyOf("metrics") }] },
};

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
    const names = ["operate", "services", "dns", "metrics"] as const;
    return [
        ...names.map((name) => ({
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
