import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { inSubnet } from "../subnet.ts";
import { listed, speakers, standings } from "./views.ts";

/** The ranges from which a Docker Engine takes the addresses inside of its machine, unless it is
 * told otherwise: on every machine the same. The first is its own bridge's. */
const insideRanges = [
    ...Array.from({ length: 15 }, (_, index) => `172.${17 + index}.0.0/16`),
    "192.168.0.0/16",
];
const bridgeRange = "172.17.0.0/16";

/** How a node is known to the others, and where it is really reached. */
interface Advertised {
    readonly node: string;
    readonly address: string;
    /** Where it is reached; undefined where nobody knows. */
    readonly reachedAt: string | undefined;
    readonly isAlive: boolean;
}

/** A container that advertises its own address: no other machine reaches that. */
export const advertisedInside: Check = {
    id: "advertised-inside",
    asks: "agent",
    holds: "no node advertises an address that exists only inside its machine",
    explainedBy: [],
    look: (facts) => advertisedAddresses(facts).flatMap((one) => insideFinding(one, facts)),
};

/** A node that advertises an address that is not its machine's. */
export const advertisedElsewhere: Check = {
    id: "advertised-elsewhere",
    asks: "agent",
    holds: "every node advertises the address at which it is reached",
    explainedBy: ["advertised-inside", "machine-moved"],
    look: (facts) =>
        advertisedAddresses(facts).flatMap(({ node, address, reachedAt }) =>
            reachedAt === undefined || reachedAt === address
                ? []
                : [
                      {
                          nodes: [node],
                          seen: `advertises ${address}, but is reached at ${reachedAt}`,
                          why:
                              `The others dial ${address} for it: they suspect it, call it failed, ` +
                              "and it learns nothing from them.",
                          fix: advertiseFix(reachedAt, facts.isDeclared),
                      },
                  ],
        ),
};

function insideFinding(
    { node, address, reachedAt, isAlive }: Advertised,
    facts: ClusterFacts,
): Finding[] {
    const others = advertisedAddresses(facts)
        .filter((one) => one.node !== node && !inSubnet(one.address, bridgeRange))
        .map((one) => one.node)
        .sort();
    // Nodes of one machine may well talk to one another inside of it.
    const isAmongItself = reachedAt === undefined && others.length === 0;
    if (reachedAt === address || isAmongItself || !isInside(address, reachedAt)) {
        return [];
    }
    const who = others.length === 0 ? "Any other node would" : `${listed(others)} would`;
    return [
        {
            nodes: [node],
            seen:
                `advertises ${address}, an address inside its own machine` +
                (reachedAt === undefined ? "" : `; it is reached at ${reachedAt}`),
            why:
                `${who} dial ${address} in a machine of their own, where it is another container or ` +
                `none ("no route to host")${isAlive ? "" : ", and call it failed"}.`,
            fix: advertiseFix(reachedAt, facts.isDeclared),
        },
    ];
}

function advertiseFix(reachedAt: string | undefined, isDeclared: boolean): string {
    const address = reachedAt ?? "its machine's address";
    const start = `Run its agent with -advertise=${address}, and publish its ports on ${address}`;
    return isDeclared
        ? `${start}: the stack does so, and this agent is not as the stack made it. Remove its ` +
              "container and run `npm start`, or `pulumi up --refresh`."
        : `${start}, the same number outside as inside.`;
}

/** Only the bridge's range is known to be no network of machines; of the other ranges an address
 * tells by not being the one at which the node is reached. */
function isInside(address: string, reachedAt: string | undefined): boolean {
    return reachedAt === undefined
        ? inSubnet(address, bridgeRange)
        : insideRanges.some((range) => inSubnet(address, range)) &&
              !insideRanges.some((range) => inSubnet(reachedAt, range) && inSubnet(address, range));
}

/** What each node advertises, by its own account or else by the others'. */
function advertisedAddresses(facts: ClusterFacts): Advertised[] {
    const places = new Map(facts.nodes.map(({ name, address }) => [name, address]));
    const selves = new Map(speakers(facts).map(({ self }) => [self.name, self.advertised]));
    const members = [...standings(facts).values()].filter(({ status }) => status !== "left");
    const told = new Map(members.map(({ name, address }) => [name, address]));
    const alive = new Set(
        members.filter(({ status }) => status === "alive").map((one) => one.name),
    );
    return [...new Map([...told, ...selves])].map(([node, address]) => {
        return { node, address, reachedAt: places.get(node), isAlive: alive.has(node) };
    });
}
