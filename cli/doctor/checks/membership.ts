import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { listed, signed, speakers, standings, startAgain, unique } from "./views.ts";

/** Everything that makes a node fail, so that its failing is no news. */
const causesOfFailure = [
    "advertised-inside",
    "advertised-elsewhere",
    "engine-silent",
    "machine-moved",
    "engine-off",
    "container-gone",
    "container-stopped",
    "several-addresses",
    "offline-too-long",
    "port-unpublished",
    "udp-lost",
    "joins-itself",
    "join-fails",
    "gossip-key",
    "other-datacenter",
    "id-shared",
    "name-shared",
    "quorum-lost",
    "address-reused",
];

/** A node whose name belongs to an earlier node id. */
export const nameReserved: Check = {
    id: "name-reserved",
    asks: "agent",
    holds: "no node's name is reserved by an earlier node id",
    explainedBy: ["name-shared"],
    look: (facts) =>
        reservedNames(facts).map(({ name, by, now }) => ({
            nodes: [name],
            seen: `its name is reserved by an earlier node of that name (id ${by}); it is ${now} now`,
            why:
                "It came back without its data before the others had given up the earlier one: it " +
                "can never register, and no service of its is in the catalog.",
            fix:
                `\`consul force-leave -prune ${name}\` is not enough. Take the earlier one out of the ` +
                `catalog: \`curl -X PUT -d '{"Node":"${name}"}' ` +
                "http://SERVER:8500/v1/catalog/deregister`; within seconds it registers. Keep its volume " +
                "the next time, or let it leave first.",
        })),
};

/** Two agents with one node id. */
export const idShared: Check = {
    id: "id-shared",
    asks: "agent",
    holds: "no two nodes have one node id",
    explainedBy: [],
    look: (facts) => {
        const conflicts = signed(facts, "id-conflict").map(({ node, sign }) => {
            const [one = "", id = "", other = ""] = sign.named;
            // An agent that finds its own id at another names only the other.
            return { names: [one, other === "" ? node.name : other].sort(), id };
        });
        return unique(conflicts.map(({ names }) => names.join(" "))).map((names) => ({
            nodes: names.split(" "),
            seen: `have one node id (${conflicts.find((one) => one.names.join(" ") === names)?.id ?? ""})`,
            why:
                "A data folder was copied with its machine, or a node was renamed: the second one is " +
                'refused ("has conflicting node ID").',
            fix:
                "For a copy: empty the copy's data folder and start it. For a rename: " +
                "`consul force-leave -prune` the old name, then start it.",
        }));
    },
};

/** Two agents with one name. */
export const nameShared: Check = {
    id: "name-shared",
    asks: "agent",
    holds: "no two agents have one name",
    explainedBy: ["advertised-inside", "machine-moved"],
    look: (facts) => {
        const conflicts = signed(facts, "name-conflict").map(({ sign }) => sign.named);
        return unique(conflicts.map(([name = ""]) => name)).map((name) => {
            const said = conflicts.filter(([other]) => other === name);
            const places = unique(
                said.flatMap(([, mine = "", theirs = ""]) => [mine, theirs]),
            ).sort();
            return {
                nodes: [name],
                seen: `is claimed by several agents, at ${listed(places)}`,
                why:
                    "Names are unique in a cluster: the others keep to the address they knew, until " +
                    "that is dead for 30 s, and one of the agents may give up and end.",
                fix:
                    "Give one of them another -node; if it is one node that has moved, let it leave " +
                    "before it moves (`consul leave`), or wait a minute.",
            };
        });
    },
};

/** A node that the others do not see alive. */
export const notAlive: Check = {
    id: "not-alive",
    asks: "agent",
    holds: "every node is alive to the others",
    explainedBy: causesOfFailure,
    look: (facts) => {
        const seen = standings(facts);
        if (seen.size === 0) {
            return [];
        }
        const known = facts.isDeclared ? facts.nodes.map(({ name }) => name) : [...seen.keys()];
        return known.flatMap((name) => {
            const status = seen.get(name)?.status;
            const isGoodbye = !facts.isDeclared && (status === "left" || status === undefined);
            return status === "alive" || isGoodbye ? [] : [deadFinding(name, status, facts)];
        });
    },
};

/** A member of the gossip pool that no stack declares, and that is dead. */
export const notDeclared: Check = {
    id: "not-declared",
    asks: "machine",
    holds: "no dead member is left that the stack does not declare",
    explainedBy: ["advertised-inside"],
    look: (facts) => {
        const declared = new Set(facts.nodes.map(({ name }) => name));
        const strangers = [...standings(facts).values()].filter(({ name }) => !declared.has(name));
        return strangers
            .filter(({ status }) => facts.isDeclared && status === "failed")
            .map(({ name, address }) => ({
                nodes: [name],
                seen: `is a member at ${address} that this stack does not declare, and has failed`,
                why: "Consul keeps a failed member for 72 hours, and lists its services as critical.",
                fix: `If it is gone for good: \`consul force-leave -prune ${name}\` on any node.`,
            }));
    },
};

/** A node in the catalog that nobody watches over. */
export const ghost: Check = {
    id: "ghost",
    asks: "agent",
    holds: "gossip watches over every node in the catalog",
    explainedBy: ["name-reserved"],
    look: (facts) => {
        const members = standings(facts);
        const ghosts = speakers(facts).flatMap(({ agent }) =>
            (agent.catalog ?? []).filter(({ name, isWatched }) => {
                const status = members.get(name)?.status;
                return !isWatched && (status === undefined || status === "left");
            }),
        );
        return unique(ghosts.map(({ name }) => name)).map((name) => ({
            nodes: [name],
            seen: "is in the catalog, but in no member list: nothing would notice that it is dead",
            why:
                "It registered again while it left, or was registered by hand: its services pass for " +
                "healthy for ever.",
            fix:
                `\`curl -X PUT -d '{"Node":"${name}"}' http://SERVER:8500/v1/catalog/deregister\`, ` +
                "unless it was registered by hand on purpose.",
        }));
    },
};

interface Reserved {
    readonly name: string;
    readonly by: string;
    readonly now: string;
}

/** Names that the catalog gives to another id than the agent of that name has. A node that has just
 * come needs a moment to register: only one whose refusal is in a log counts. */
function reservedNames(facts: ClusterFacts): Reserved[] {
    const refused = new Map(
        signed(facts, "name-reserved").map(({ sign }) => {
            const [name = "", by = ""] = sign.named;
            return [name, by] as const;
        }),
    );
    const members = new Map(
        speakers(facts).flatMap(({ agent }) =>
            agent.members
                .filter(({ status }) => status === "alive")
                .map((one) => [one.name, one.id]),
        ),
    );
    const listedIds = new Map(
        speakers(facts).flatMap(({ agent }) =>
            (agent.catalog ?? []).map((one) => [one.name, one.id]),
        ),
    );
    return [...refused].flatMap(([name, by]) => {
        const now = members.get(name);
        return now !== undefined && listedIds.get(name) === now
            ? []
            : [{ name, by, now: now ?? "another" }];
    });
}

function deadFinding(name: string, status: string | undefined, facts: ClusterFacts): Finding {
    const said = status === undefined ? "no member list has it" : `the others see it ${status}`;
    const way = facts.isDeclared
        ? `\`docker logs consul\` on its machine says why. ${startAgain}.`
        : `Start it; if it is gone for good, \`consul force-leave -prune ${name}\` on any node.`;
    return {
        nodes: [name],
        seen: `is not alive: ${said}`,
        why: "Its services count as critical; a failed server brings the cluster nearer to losing its quorum.",
        fix: way,
    };
}
