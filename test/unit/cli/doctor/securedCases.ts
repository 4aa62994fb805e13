import { portsOf } from "../../../../components/agent/ports.ts";
import { securedPorts } from "../../../../components/agent/securedContract.ts";
import type { ClusterFacts, NodeFacts, SecurityFacts } from "../../../../cli/doctor/facts.ts";
import { addressAt, clusterOf, sign, type FactsOf } from "../../../support/doctorFacts.ts";
import { one, type DoctorCase } from "./doctorCase.ts";

const secret = { path: "/consul-machines/tokens.json", mode: 0o600, uid: 100 };
const noAnswer = { unreachable: "ECONNREFUSED", self: undefined, members: [], leader: undefined };

/** A healthy secured cluster of these nodes, and what differs from that. */
export function securedOf(
    nodes: Readonly<Record<string, FactsOf>>,
    security: Partial<SecurityFacts> = {},
    over: Partial<ClusterFacts> = {},
): ClusterFacts {
    const size = Object.keys(nodes).length;
    const secured = Object.entries(nodes).map(([name, facts], index): [string, FactsOf] => [
        name,
        {
            ...facts,
            self: { isEncrypted: true, ...facts.self },
            agent: { httpAddress: `https://${addressAt(index)}:8501`, ...facts.agent },
            container:
                facts.container === null ? null : { ...published(name, index), ...facts.container },
        },
    ]);
    return clusterOf(Object.fromEntries(secured), {
        isSecured: true,
        security: {
            trusted: [],
            keyring: { nodes: size, holding: size, using: size, others: 0 },
            tokens: { missing: [], retired: [] },
            ...security,
        },
        ...over,
    });
}

/** The ports of a secured agent, and its secrets. */
function published(name: string, index: number) {
    const role = name.startsWith("s") ? "server" : "client";
    const ports = portsOf(role, securedPorts).map(({ port, protocol }) => {
        return { port, protocol, ip: addressAt(index), hostPort: port };
    });
    return { published: ports, secrets: [secret] };
}

/** Facts about a node that are neither its container's nor its agent's. */
export function withNode(
    facts: ClusterFacts,
    name: string,
    over: Partial<NodeFacts>,
): ClusterFacts {
    const nodes = facts.nodes.map((node) => (node.name === name ? { ...node, ...over } : node));
    return { ...facts, nodes };
}

/** What is wrong with what secures a cluster. */
export const securedCases: readonly DoctorCase[] = [
    one(
        "a secured server that is not reached by udp, on an old engine: it has no port for other datacenters",
        securedOf({
            s1: { signs: [sign("udp-lost", "s3")] },
            s2: { signs: [sign("udp-lost", "s3")] },
            s3: {
                signs: [sign("udp-lost", "s1"), sign("udp-lost", "s2")],
                machine: { engineVersion: "20.10.24+dfsg1" },
            },
        }),
        "udp-lost s3",
        "and s1 and s2 reach each other at 8301 by tcp, and not by udp",
        "`sudo conntrack -D -p udp --dport 8301` on its machine",
    ),
    one(
        "a secured cluster whose rights are not on this computer",
        securedOf(
            { s1: { agent: { self: undefined, members: [], leader: undefined } } },
            {},
            { security: undefined, accessFailure: "access.json: not on this computer" },
        ),
        "access-missing",
        "is secured, and was not asked (access.json: not on this computer)",
        "`pulumi up` writes them again",
    ),
    one(
        "an agent that answers without TLS",
        withNode(securedOf({ s1: {}, c1: {} }), "c1", { plainAddress: "http://10.0.0.2:8500" }),
        "plain-http c1",
        "answers without TLS at http://10.0.0.2:8500",
        "remove it, and run `npm start`",
    ),
    one(
        "a secured agent whose gossip is in clear text",
        securedOf({ s1: {}, c1: { self: { isEncrypted: false } } }),
        "gossip-open c1",
        "does not encrypt its gossip",
        "the keyring is written before it starts",
    ),
    one(
        "a gossip key of before",
        securedOf({ s1: {} }, { keyring: { nodes: 3, holding: 3, using: 3, others: 1 } }),
        "gossip-keyring",
        "another key is there",
        "`pulumi config set --path rotate.gossip N`",
    ),
    one(
        "a gossip key that not all have, and two of before",
        securedOf({ s1: {} }, { keyring: { nodes: 3, holding: 2, using: 0, others: 2 } }),
        "gossip-keyring",
        "2 of 3 members have the declared gossip key and 2 others are there",
        "`pulumi up` goes on",
    ),
    one(
        "a gossip key that not all use",
        securedOf({ s1: {} }, { keyring: { nodes: 3, holding: 3, using: 2, others: 0 } }),
        "gossip-keyring",
        "2 of 3 members encrypt with the declared gossip key",
        "`pulumi up` goes on",
    ),
    one(
        "tokens that are missing, before agents that are refused and DNS that does not answer",
        securedOf(
            {
                s1: { agent: { refusal: "/v1/catalog/nodes: 403 ACL not found" } },
                c1: { signs: [sign("token-refused")], dnsFailure: "queryA SERVFAIL" },
            },
            { tokens: { missing: ["a", "b", "c", "d", "e"], retired: [] } },
        ),
        "tokens-missing",
        'does not have "a", "b", "c" and 2 more',
        "`pulumi config set --path rotate.tokens N`",
    ),
    one(
        "a token that was replaced and is still accepted",
        securedOf({ s1: {} }, { tokens: { missing: [], retired: ["x agent c1 1"] } }),
        "tokens-retired",
        'still accepts "x agent c1 1"',
        "`pulumi up` goes on",
    ),
    one(
        "secrets that others may read",
        securedOf({
            s1: {
                container: {
                    secrets: [
                        secret,
                        { path: "/consul-machines/cli.token", mode: 0o644, uid: 100 },
                        { path: "/consul/data/serf/local.keyring", mode: 0o600, uid: 1001 },
                    ],
                },
            },
        }),
        "secrets-readable s1",
        "others may read /consul-machines/cli.token (mode 644, of user 100) and " +
            "/consul/data/serf/local.keyring (mode 600, of user 1001)",
        "chmod 600",
    ),
    one(
        "a secured agent that does not publish its API",
        securedOf({
            s1: {},
            c1: { container: { published: published("c1", 1).published.slice(0, 2) } },
        }),
        "port-unpublished c1",
        "does not publish 8501/tcp, 8600/tcp and 8600/udp on 10.0.0.2",
        "`npm start`",
    ),
    one(
        "a secured agent that does not answer",
        securedOf({ s1: {}, s2: {}, c1: { agent: noAnswer } }),
        "agent-unreachable c1",
        "its agent does not answer at https://10.0.0.3:8501 (ECONNREFUSED)",
        "8501/tcp is published",
    ),
    one(
        "a secured agent that accepts none of the stack's tokens",
        securedOf({
            s1: {},
            c1: { agent: { refusal: "/v1/agent/self: 403", self: undefined, members: [] } },
        }),
        "token-missing c1",
        "refuses to say how things are",
        "`pulumi up` gives it today's",
    ),
    one(
        "a secured agent whose own token is refused",
        securedOf({ s1: {}, c1: { signs: [sign("token-refused")] } }),
        "agent-token-missing c1",
        "is refused by its servers",
        "`pulumi up` gives it the one that is declared",
    ),
    one(
        "a secured agent with another gossip key",
        securedOf({ s1: {}, c1: { signs: [sign("wrong-key")] } }),
        "gossip-key c1",
        "has another gossip key than the rest",
        "count `rotate.gossip` up",
    ),
    one(
        "a ghost in a secured cluster's catalog",
        securedOf({
            s1: { agent: { catalog: [{ name: "old", id: "an id", isWatched: false }] } },
        }),
        "ghost old",
        "is in the catalog, but in no member list",
        `"$CONSUL_HTTP_TOKEN" | curl --cacert ca.pem --header @- -X PUT -d '{"Node":"old"}' https://SERVER:8501/`,
    ),
];
