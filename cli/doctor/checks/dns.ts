import type { Check } from "../findings.ts";

/** An agent that answers by HTTP and not by DNS. */
export const dnsSilent: Check = {
    id: "dns-silent",
    asks: "machine",
    holds: "every agent answers DNS",
    explainedBy: [
        "agent-silent",
        "no-leader",
        "expect-unmet",
        "expect-differs",
        "quorum-lost",
        "port-unpublished",
        "join-fails",
        "joins-itself",
        "gossip-key",
        "other-datacenter",
    ],
    look: ({ nodes }) =>
        nodes.flatMap(({ name, address, agent, dnsSilence }) =>
            dnsSilence === undefined || agent?.self === undefined
                ? []
                : [
                      {
                          nodes: [name],
                          seen: `does not answer DNS for consul.service.consul at ${address ?? "?"}:8600 (${dnsSilence})`,
                          why: "Whoever finds services by DNS finds none there, though the HTTP API is well.",
                          fix:
                              "See that 8600/udp is published on that address and let through, and that agentConfig " +
                              "changes neither the domain nor what DNS may answer.",
                      },
                  ],
        ),
};
