import type { Check } from "../findings.ts";
import { apiPortOf, dnsPortOf } from "../publishedPorts.ts";
import {
    containerCauses,
    engineCauses,
    listed,
    perCluster,
    perNode,
    signed,
    unique,
} from "./views.ts";

/** What keeps an agent from answering. */
export const accessChecks: readonly Check[] = [
    {
        id: "agent-unreachable",
        holds: "every agent's HTTP API answers",
        explainedBy: [
            ...engineCauses,
            ...containerCauses,
            "port-unpublished",
            "advertised-inside",
            "agent-certificate-expired",
            "agent-certificate-authority",
            "agent-certificate-name",
            "not-alive",
        ],
        find: perNode(({ agent }, { isSecured }) =>
            agent?.unreachable === undefined
                ? undefined
                : {
                      seen: `its agent does not answer at ${agent.httpAddress} (${agent.unreachable})`,
                      why: "Its HTTP API and UI are not available, and the gates of `pulumi up` wait for it.",
                      fix: isSecured
                          ? `See that ${apiPortOf({ agent }, true)}/tcp is published on that address and let through. ` +
                            "Its log says whether it has started."
                          : `See that it listens there: client_addr 0.0.0.0, and ${apiPortOf({ agent }, false)}/tcp ` +
                            "published on that address and let through. Its log says whether it has started.",
                  },
        ),
    },
    {
        id: "token-missing",
        holds: "no agent refuses to answer for want of a token",
        explainedBy: ["tokens-missing"],
        find: perCluster(({ nodes, isDeclared, isSecured }) => {
            const refusing = nodes.filter(({ agent }) => agent?.refusal !== undefined);
            const said = unique(refusing.flatMap(({ agent }) => agent?.refusal ?? []));
            const finding = {
                nodes: refusing.map(({ name }) => name),
                seen: `refuse${refusing.length === 1 ? "s" : ""} to say how things are: ${listed(said)}`,
                why:
                    "ACLs are on, and the token is missing, unknown, or not everywhere yet. Lists that " +
                    "come empty with status 200 mean the same.",
                fix:
                    isDeclared && isSecured
                        ? "An agent without a leader knows only its own recovery token, and one that was away may " +
                          "still have an earlier one: `pulumi up` gives it today's."
                        : "Give doctor a token with agent, node and operator read: " +
                          "`CONSUL_HTTP_TOKEN=... npm run doctor`. A new one is known everywhere within a second.",
            };
            return refusing.length === 0 ? undefined : finding;
        }),
    },
    {
        id: "agent-token-missing",
        holds: "no agent is refused by its servers",
        explainedBy: ["name-reserved", "tokens-missing"],
        find: (facts) => {
            const refused = signed(facts, "token-refused");
            // Others who ask it with a token that is none are refused in the same words: doctor itself, and a client
            // agent repeats what its server said to them. What its own token lacks is in lines of their own.
            const others = /agent\.http|agent\.client: RPC failed|Request error/;
            const own = refused.filter(({ sign }) => !others.test(sign.line));
            return unique(own.map(({ node }) => node.name)).map((name) => ({
                nodes: [name],
                seen: "is refused by its servers: it may not register itself or what runs beside it",
                why: "Its own token is missing or was deleted: it stays out of the catalog, or keeps its old entry.",
                fix:
                    facts.isDeclared && facts.isSecured
                        ? "`pulumi up` gives it the one that is declared. Else count `rotate.tokens` up, and `pulumi up`."
                        : `Give it one with the node identity ${name}: \`consul acl set-agent-token agent TOKEN\` on that node.`,
            }));
        },
    },
];

/** An agent that answers by HTTP and not by DNS. */
export const dnsUnreachable: Check = {
    id: "dns-unreachable",
    asks: "machine",
    holds: "every agent answers DNS",
    explainedBy: [
        "agent-unreachable",
        "no-leader",
        "expect-unmet",
        "expect-differs",
        "quorum-lost",
        "port-unpublished",
        "join-fails",
        "joins-itself",
        "gossip-key",
        "other-datacenter",
        "tokens-missing",
    ],
    find: perNode(({ address, machineAddress = address, agent, dnsFailure, declared }) =>
        dnsFailure === undefined || agent?.self === undefined
            ? undefined
            : {
                  seen:
                      "does not answer DNS for consul.service.consul at " +
                      `${machineAddress ?? "?"}:${dnsPortOf({ declared })} (${dnsFailure})`,
                  why: "Programs that find services by DNS find none there, though the HTTP API works.",
                  fix:
                      `See that ${dnsPortOf({ declared })}/udp is published on that address and let through, and that agentConfig ` +
                      "changes neither the domain nor what DNS may answer.",
              },
    ),
};
