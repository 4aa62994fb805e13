import { securedCurl } from "../../../scripts/consul/curlCommand.ts";
import type { CatalogFacts, ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { apiPortOf } from "../publishedPorts.ts";
import {
    containerCauses,
    engineCauses,
    listed,
    separationCauses,
    signed,
    speakers,
    standings,
    startAgain,
    unique,
} from "./views.ts";

/** What is wrong with members and the catalog. */
export const membershipChecks: readonly Check[] = [
    {
        id: "name-reserved",
        holds: "no node's name is reserved by an earlier node id",
        explainedBy: ["name-shared"],
        find: (facts) =>
            reservedNames(facts).map(({ name, by, now }) => ({
                nodes: [name],
                seen: `its name is reserved by an earlier node of that name (id ${by}); it is ${now} now`,
                why:
                    "It came back without its data before the others had dropped the earlier one: it " +
                    "can never register, and no service of its is in the catalog.",
                fix:
                    `\`consul force-leave -prune ${name}\` is not enough. Take the earlier one out of the ` +
                    `catalog: \`${deregistration(name, facts)}\`; within seconds it registers. Keep its volume ` +
                    "the next time, or let it leave first.",
            })),
    },
    {
        id: "id-shared",
        holds: "no two nodes have one node id",
        find: (facts) => {
            const conflicts = signed(facts, "id-conflict").map(({ node, sign }) => {
                const [one = "", id = "", other = ""] = sign.named;
                // An agent that finds its own id at another names only the other.
                return [[one, other === "" ? node.name : other].sort().join(" "), id] as const;
            });
            return [...new Map(conflicts)].map(([names, id]) => ({
                nodes: names.split(" "),
                seen: `have one node id (${id})`,
                why:
                    "A data folder was copied with its machine, or a node was renamed: the second one is " +
                    'refused ("has conflicting node ID").',
                fix:
                    "For a copy: empty the copy's data folder and start it. For a rename: " +
                    "`consul force-leave -prune` the old name, then start it.",
            }));
        },
    },
    {
        id: "name-shared",
        holds: "no two agents have one name",
        explainedBy: ["advertised-inside", "machine-moved"],
        find: (facts) => {
            const conflicts = signed(facts, "name-conflict").map(({ sign }) => sign.named);
            return unique(conflicts.map(([name = ""]) => name)).map((name) => {
                const addresses = conflicts.flatMap(([other, ...both]) =>
                    other === name ? both : [],
                );
                return {
                    nodes: [name],
                    seen: `is claimed by several agents, at ${listed(unique(addresses).sort())}`,
                    why:
                        "Names are unique in a cluster: the others keep to the address they knew, until " +
                        "that is dead for 30 s, and one of the agents may give up and end.",
                    fix:
                        "Give one of them another -node; if it is one node that has moved, let it leave " +
                        "before it moves (`consul leave`), or wait a minute.",
                };
            });
        },
    },
    {
        id: "not-alive",
        holds: "every node is alive to the others",
        // Everything that makes a node fail.
        explainedBy: [
            ...engineCauses,
            ...containerCauses,
            ...separationCauses,
            "udp-lost",
            "name-shared",
            "quorum-lost",
            "address-reused",
        ],
        find: (facts) => {
            const seen = standings(facts);
            if (seen.size === 0) {
                return [];
            }
            const known = facts.isDeclared ? facts.nodes.map(({ name }) => name) : [...seen.keys()];
            // Of the only one that answers, no other says anything.
            const [speaker, ...others] = speakers(facts);
            const unsaid = others.length === 0 ? speaker?.self.name : undefined;
            return known.flatMap((name) => {
                const status = seen.get(name)?.status;
                const hasLeft = !facts.isDeclared && (status === "left" || status === undefined);
                const isUnsaid = name === unsaid && status === undefined;
                return status === "alive" || hasLeft || isUnsaid
                    ? []
                    : [deadFinding(name, status, facts)];
            });
        },
    },
    {
        id: "not-declared",
        asks: "machine",
        holds: "no dead member is left that the stack does not declare",
        explainedBy: ["advertised-inside"],
        find: (facts) => {
            const declared = new Set(facts.nodes.map(({ name }) => name));
            const strangers = [...standings(facts).values()].filter(
                ({ name }) => !declared.has(name),
            );
            return strangers
                .filter(({ status }) => facts.isDeclared && status === "failed")
                .map(({ name, address }) => ({
                    nodes: [name],
                    seen: `is a member at ${address} that this stack does not declare, and has failed`,
                    why: "Consul keeps a failed member for 72 hours, and lists its services as critical.",
                    fix: `If it is gone for good: \`consul force-leave -prune ${name}\` on any node.`,
                }));
        },
    },
    {
        id: "ghost",
        holds: "gossip watches every node in the catalog",
        explainedBy: ["name-reserved"],
        find: (facts) => {
            const members = standings(facts);
            const ghosts = catalogOf(facts).filter(({ name, isWatched }) => {
                const status = members.get(name)?.status;
                return !isWatched && (status === undefined || status === "left");
            });
            return unique(ghosts.map(({ name }) => name)).map((name) => ({
                nodes: [name],
                seen: "is in the catalog, but in no member list: nothing would notice that it is dead",
                why:
                    "It registered again while it left, or was registered by hand: its services count as " +
                    "healthy whatever happens to them.",
                fix: `\`${deregistration(name, facts)}\`, unless it was registered by hand on purpose.`,
            }));
        },
    },
];

/** The command that takes a node out of the catalog. */
function deregistration(name: string, { isSecured, nodes }: ClusterFacts): string {
    const port = apiPortOf(nodes.find(({ isServer }) => isServer) ?? {}, isSecured);
    const words = (url: string) => `-X PUT -d '{"Node":"${name}"}' ${url}/v1/catalog/deregister`;
    return isSecured
        ? securedCurl(words(`https://SERVER:${port}`))
        : `curl ${words(`http://SERVER:${port}`)}`;
}

function catalogOf(facts: ClusterFacts): CatalogFacts[] {
    return speakers(facts).flatMap(({ agent }) => agent.catalog ?? []);
}

/** Names that the catalog gives to another id than the agent of that name has. A node that has just
 * come needs a moment to register: only one whose refusal is in a log counts. */
function reservedNames(facts: ClusterFacts) {
    const refused = signed(facts, "name-reserved").map(({ sign }) => {
        const [name = "", by = ""] = sign.named;
        return [name, by] as const;
    });
    const members = speakers(facts).flatMap(({ agent }) => agent.members);
    const alive = members.filter(({ status }) => status === "alive");
    const memberIds = new Map(alive.map(({ name, id }) => [name, id]));
    const listedIds = new Map(catalogOf(facts).map(({ name, id }) => [name, id]));
    return [...new Map(refused)].flatMap(([name, by]) => {
        const now = memberIds.get(name);
        return now !== undefined && listedIds.get(name) === now
            ? []
            : [{ name, by, now: now ?? "another" }];
    });
}

function deadFinding(name: string, status: string | undefined, facts: ClusterFacts): Finding {
    const said = status === undefined ? "no member list has it" : `the others see it ${status}`;
    return {
        nodes: [name],
        seen: `is not alive: ${said}`,
        why: "Its services count as critical; a failed server brings the cluster nearer to losing its quorum.",
        fix: facts.isDeclared
            ? `\`docker logs consul\` on its machine says why. ${startAgain}.`
            : `Start it; if it is gone for good, \`consul force-leave -prune ${name}\` on any node.`,
    };
}
