import type { Check } from "../findings.ts";
import { listed, signed, unique } from "./views.ts";

/** An agent that does not answer, though nothing else is wrong with it. */
export const agentSilent: Check = {
    id: "agent-silent",
    asks: "agent",
    holds: "every agent's HTTP API answers",
    explainedBy: [
        "engine-silent",
        "machine-moved",
        "engine-off",
        "container-gone",
        "container-stopped",
        "several-addresses",
        "offline-too-long",
        "port-unpublished",
        "advertised-inside",
        "not-alive",
    ],
    look: ({ nodes }) =>
        nodes.flatMap(({ name, agent }) =>
            agent?.silence === undefined
                ? []
                : [
                      {
                          nodes: [name],
                          seen: `its agent does not answer at ${agent.httpAddress} (${agent.silence})`,
                          why: "Nobody there can ask Consul anything; the UI and the gates of `pulumi up` neither.",
                          fix:
                              "See that it listens there: client_addr 0.0.0.0, and 8500/tcp published on that " +
                              "address and let through. Its log says whether it has started.",
                      },
                  ],
        ),
};

/** An agent that wants a token. */
export const tokenMissing: Check = {
    id: "token-missing",
    asks: "agent",
    holds: "no agent refuses to answer for want of a token",
    explainedBy: [],
    look: ({ nodes }) => {
        const refusing = nodes.filter(({ agent }) => agent?.refusal !== undefined);
        const said = unique(refusing.map(({ agent }) => agent?.refusal ?? ""));
        return refusing.length === 0
            ? []
            : [
                  {
                      nodes: refusing.map(({ name }) => name),
                      seen: `refuse${refusing.length === 1 ? "s" : ""} to say how things are: ${listed(said)}`,
                      why:
                          "ACLs are on, and the token is missing, unknown, or not everywhere yet. Lists that " +
                          "come empty with status 200 mean the same.",
                      fix:
                          "Give doctor a token with agent, node and operator read: " +
                          "`CONSUL_HTTP_TOKEN=... npm run doctor`. A new one is known everywhere within a second.",
                  },
              ];
    },
};

/** An agent whose own token does not let it register. */
export const agentTokenMissing: Check = {
    id: "agent-token-missing",
    asks: "agent",
    holds: "no agent is refused by its servers",
    explainedBy: ["name-reserved"],
    look: (facts) => {
        const refused = signed(facts, "token-refused");
        // What doctor itself asks without a token is refused in the same words.
        const own = refused.filter(({ sign }) => !/agent\.http|Request error/.test(sign.line));
        return unique(own.map(({ node }) => node.name)).map((name) => ({
            nodes: [name],
            seen: "is refused by its servers: it may not register itself or what runs beside it",
            why: "Its own token is missing or has been deleted: it stays out of the catalog, or keeps what it said before.",
            fix: `Give it one with the node identity ${name}: \`consul acl set-agent-token agent TOKEN\` on that node.`,
        }));
    },
};
