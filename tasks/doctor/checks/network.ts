import type { ClusterFacts } from "../facts.ts";
import type { Check } from "../findings.ts";
import { listed, signed, unique } from "./views.ts";

/** A node that is reached by tcp and not by udp. */
export const udpLost: Check = {
    id: "udp-lost",
    asks: "agent",
    holds: "gossip's probes go through by udp",
    explainedBy: [
        "engine-silent",
        "engine-off",
        "container-stopped",
        "port-unpublished",
        "advertised-inside",
        "advertised-elsewhere",
    ],
    look: (facts) => {
        const pairs = signed(facts, "udp-lost").map(({ node, sign }) => {
            return { teller: node.name, named: sign.named[0] ?? "" };
        });
        return culprits(pairs).map(({ name, others }) => {
            // Of two alone, nobody can say which one's machine it is.
            const nodes = others.length === 1 ? [name, ...others] : [name];
            return {
                nodes,
                involved: others,
                seen:
                    `${others.length === 1 ? "" : `and ${listed(others)} `}reach each other at 8301 by ` +
                    "tcp, and not by udp",
                why:
                    "Probes go by udp: a node that misses them is suspected over and over, and each change " +
                    "of the cluster comes to it late.",
                fix:
                    "Publish 8301/udp as 8301, and let it through in both directions." +
                    staleFlows(facts, nodes),
            };
        });
    },
};

interface Pair {
    readonly teller: string;
    readonly named: string;
}

/** The fewest nodes that have a part in every pair: one that cannot be reached cannot reach the
 * others either, so all tell of it, and it of all. */
function culprits(pairs: readonly Pair[]): { readonly name: string; readonly others: string[] }[] {
    const partners = (name: string) =>
        unique(
            pairs.flatMap(({ teller, named }) =>
                teller === name ? [named] : named === name ? [teller] : [],
            ),
        );
    const names = unique(pairs.flatMap(({ teller, named }) => [named, teller]));
    const [name] = names.sort((a, b) => partners(b).length - partners(a).length);
    if (name === undefined) {
        return [];
    }
    const rest = pairs.filter(({ teller, named }) => teller !== name && named !== name);
    return [{ name, others: partners(name).sort() }, ...culprits(rest)];
}

/** Engines before 23 keep the flows of a container that was made anew, and lead them nowhere. */
function staleFlows({ nodes }: ClusterFacts, names: readonly string[]): string {
    const isOld = nodes
        .filter(({ name }) => names.includes(name))
        .some(({ machine }) => Number(machine?.engineVersion?.split(".")[0] ?? 0) < 23);
    return isOld
        ? " If both are so and the container is new, its Docker Engine may be older than 23 and lead " +
              "the old flows nowhere: `sudo conntrack -D -p udp --dport 8301` on its machine."
        : "";
}
