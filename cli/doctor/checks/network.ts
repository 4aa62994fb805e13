import { isOld } from "../../../scripts/machine/staleFlows.ts";
import type { ClusterFacts } from "../facts.ts";
import type { Check } from "../findings.ts";
import { engineCauses, listed, signed, unique } from "./views.ts";

/** A node that is reached by tcp and not by udp. */
export const udpLost: Check = {
    id: "udp-lost",
    holds: "gossip's probes go through by udp",
    explainedBy: [
        ...engineCauses,
        "container-stopped",
        "port-unpublished",
        "advertised-inside",
        "advertised-elsewhere",
    ],
    find: (facts) => {
        const lost = signed(facts, "udp-lost").map(({ node, sign: { named } }): Probe => {
            const [other = "", datacenter = ""] = named;
            return { nodes: [other, node.name], port: datacenter === "" ? 8301 : 8302 };
        });
        return culprits(lost).map(({ name, others, ports }) => {
            // Of two nodes, either machine may be the one.
            const nodes = others.length === 1 ? [name, ...others] : [name];
            const at = ports.join(" and ");
            const published = ports.map((port) => `${port}/udp as ${port}`).join(" and ");
            return {
                nodes,
                involved: others,
                seen:
                    `${others.length === 1 ? "" : `and ${listed(others)} `}reach each other at ${at} by ` +
                    "tcp, and not by udp",
                why:
                    "Probes go by udp: a node that misses them is suspected over and over, and learns of each " +
                    "change of the cluster late.",
                fix:
                    `Publish ${published}, and let it through in both directions.` +
                    staleFlows(facts, nodes),
            };
        });
    },
};

/** A probe that was answered by tcp alone, between two nodes. */
interface Probe {
    readonly nodes: readonly string[];
    readonly port: number;
}

/** A node that has a part in several lost probes. */
interface Culprit {
    readonly name: string;
    readonly others: readonly string[];
    readonly ports: readonly number[];
}

/**
 * The fewest nodes that have a part in all lost probes: a node that is not reached by udp does not reach the others
 * either, so all report it, and it reports all. A single probe is no evidence: one that is sent while an agent
 * starts is lost, and the tcp connection after it is not.
 */
function culprits(lost: readonly Probe[]): Culprit[] {
    const found = unique(lost.flatMap(({ nodes }) => nodes))
        .map((name) => {
            const part = lost.filter(({ nodes }) => nodes.includes(name));
            const all = unique(part.flatMap(({ nodes }) => nodes)).sort();
            return { name, part, others: all.filter((other) => other !== name) };
        })
        .sort((a, b) => b.part.length - a.part.length || b.others.length - a.others.length)
        .find(({ part }) => part.length > 1);
    if (found === undefined) {
        return [];
    }
    const { name, part, others } = found;
    const ports = [8301, 8302].filter((port) => part.some((probe) => probe.port === port));
    const rest = lost.filter(({ nodes }) => !nodes.includes(name));
    return [{ name, others, ports }, ...culprits(rest)];
}

/** The fix for flows of UDP that engines before 23 keep after a container was recreated. Those of a server at both
 * ports where its cluster has both, whichever of them was reported. */
function staleFlows({ nodes, isSecured }: ClusterFacts, names: readonly string[]): string {
    const concerned = nodes.filter(({ name }) => names.includes(name));
    if (concerned.every(({ machine }) => machine !== undefined && !isOld(machine.engineVersion))) {
        return "";
    }
    const hasWan = !isSecured && concerned.some(({ isServer }) => isServer);
    const ports = hasWan ? [8301, 8302] : [8301];
    const commands = ports.map((port) => `\`sudo conntrack -D -p udp --dport ${port}\``);
    return (
        " If both are so, its Docker Engine may be older than 23 and lead udp to where an earlier " +
        `container was: ${commands.join(" and ")} on its machine, or a restart of the machine.`
    );
}
