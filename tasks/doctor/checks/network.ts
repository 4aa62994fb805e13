import type { ClusterFacts } from "../facts.ts";
import type { Check } from "../findings.ts";
import { listed, signed, unique } from "./views.ts";

/** A node that is reached by tcp and not by udp. */
export const udpLost: Check = {
    id: "udp-lost",
    holds: "gossip's probes go through by udp",
    explainedBy: [
        "port-unpublished",
        "advertised-inside",
        "advertised-elsewhere",
        "container-stopped",
    ],
    look: (facts) => {
        const signs = signed(facts, "udp-lost");
        return unique(signs.map(({ sign }) => sign.named[0] ?? "")).map((name) => {
            const tellers = signs.filter(({ sign }) => sign.named[0] === name);
            const by = unique(tellers.map(({ node }) => node.name));
            return {
                nodes: [name],
                involved: by,
                seen: `is reached by ${listed(by)} at 8301 by tcp, and not by udp`,
                why:
                    "Probes go by udp: a node that misses them is suspected over and over, and each change " +
                    "of the cluster comes to it late.",
                fix: `Publish 8301/udp as 8301, and let it through in both directions.${staleFlows(facts, name)}`,
            };
        });
    },
};

/** Engines before 23 keep the flows of a container that was made anew, and lead them nowhere. */
function staleFlows({ nodes }: ClusterFacts, name: string): string {
    const version = nodes.find((node) => node.name === name)?.machine?.engineVersion;
    const isOld = version === undefined || Number(version.split(".")[0]) < 23;
    return isOld
        ? " If both are so and the container is new, its Docker Engine is older than 23 and leads " +
              "the old flows nowhere: `sudo conntrack -D -p udp --dport 8301` on its machine."
        : "";
}
