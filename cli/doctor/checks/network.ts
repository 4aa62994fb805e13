import type { ClusterFacts } from "../facts.ts";
import type { Check } from "../findings.ts";
import { isOld } from "../../../scripts/machine/staleFlows.ts";
import { listed, signed, unique } from "./views.ts";

/** A node that is reached by tcp and not by udp. */
export const udpLost: Check = {
    id: "udp-lost",
    asks: "agent",
    holds: "gossip's probes go through by udp",
    explainedBy: [
        "engine-silent",
        "machine-moved",
        "engine-off",
        "container-stopped",
        "port-unpublished",
        "advertised-inside",
        "advertised-elsewhere",
    ],
    look: (facts) => {
        const lost = signed(facts, "udp-lost").map(({ node, sign: { named } }): Probe => {
            const [other = "", datacenter = ""] = named;
            return { teller: node.name, named: other, port: datacenter === "" ? 8301 : 8302 };
        });
        return culprits(lost).map(({ name, others, ports }) => {
            // Of two alone, nobody can say which one's machine it is.
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
                    "Probes go by udp: a node that misses them is suspected over and over, and each change " +
                    "of the cluster comes to it late.",
                fix:
                    `Publish ${published}, and let it through in both directions.` +
                    staleFlows(facts, nodes),
            };
        });
    },
};

/** A probe that came through by tcp alone. */
interface Probe {
    readonly teller: string;
    readonly named: string;
    readonly port: number;
}

/** A node that has a part in lost probes. */
interface Culprit {
    readonly name: string;
    readonly others: readonly string[];
    readonly ports: readonly number[];
}

/**
 * The fewest nodes that have a part in every lost probe: one that cannot be reached cannot reach the
 * others either, so all tell of it, and it of all, again and again. A single probe is nobody's fault:
 * one that goes out while an agent is being started meets nobody, and the tcp after it the agent.
 */
function culprits(lost: readonly Probe[]): Culprit[] {
    const names = unique(lost.flatMap(({ teller, named }) => [named, teller]));
    const found = names
        .map((name) => ({ name, part: lost.filter((probe) => hasPart(probe, name)) }))
        .map(({ name, part }) => {
            const others = unique(
                part.map(({ teller, named }) => (teller === name ? named : teller)),
            );
            return { name, part, others: others.sort() };
        })
        .sort((a, b) => b.part.length - a.part.length || b.others.length - a.others.length)
        .find(({ part }) => part.length > 1);
    if (found === undefined) {
        return [];
    }
    const { name, part, others } = found;
    const ports = [8301, 8302].filter((port) => part.some((probe) => probe.port === port));
    const rest = lost.filter((probe) => !hasPart(probe, name));
    return [{ name, others, ports }, ...culprits(rest)];
}

function hasPart({ teller, named }: Probe, name: string): boolean {
    return teller === name || named === name;
}

/** Engines before 23 keep the flows of a container that was made anew, and lead them nowhere; of a
 * server those of both ports, whichever was told of first. */
function staleFlows({ nodes }: ClusterFacts, names: readonly string[]): string {
    const told = nodes.filter(({ name }) => names.includes(name));
    if (told.every(({ machine }) => machine !== undefined && !isOld(machine.engineVersion))) {
        return "";
    }
    const ports = told.some(({ isServer }) => isServer) ? [8301, 8302] : [8301];
    const commands = ports.map((port) => `\`sudo conntrack -D -p udp --dport ${port}\``);
    return (
        " If both are so, its Docker Engine may be older than 23 and lead udp to where an earlier " +
        `container was: ${commands.join(" and ")} on its machine, or a restart of the machine.`
    );
}
