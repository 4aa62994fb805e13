import { Subnet } from "../../../components/machine/subnet.ts";
import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { listed, speakers, standings } from "./views.ts";

/** The range of a Docker Engine's own bridge, unless it is told otherwise. */
const bridgeRange = Subnet.of("172.17.0.0/16");

/** The ranges from which every Docker Engine takes the addresses inside its machine, unless it is told otherwise. */
const insideRanges = [
    ...Array.from({ length: 15 }, (_, index) => Subnet.of(`172.${17 + index}.0.0/16`)),
    Subnet.of("192.168.0.0/16"),
];

/** How a node is known to the others, and where it is reached. */
interface Advertised {
    readonly node: string;
    readonly address: string;
    /** Where it is reached; undefined where that is not known. */
    readonly reachedAt: string | undefined;
    readonly isAlive: boolean;
}

/** What is wrong with the addresses that agents advertise. */
export const advertiseChecks: readonly Check[] = [
    {
        id: "advertised-inside",
        holds: "no node advertises an address that exists only inside its machine",
        find: (facts) => {
            const all = advertisedAddresses(facts);
            return all.flatMap((one) => insideFinding(one, all, facts.isDeclared));
        },
    },
    {
        id: "advertised-elsewhere",
        holds: "every node advertises the address at which it is reached",
        explainedBy: ["advertised-inside", "machine-moved"],
        find: (facts) =>
            advertisedAddresses(facts).flatMap(({ node, address, reachedAt = address }) => {
                const finding = {
                    nodes: [node],
                    seen: `advertises ${address}, but is reached at ${reachedAt}`,
                    why:
                        `The others dial ${address} for it: they suspect it, call it failed, ` +
                        "and it learns nothing from them.",
                    fix: advertiseFix(reachedAt, facts.isDeclared),
                };
                return reachedAt === address ? [] : [finding];
            }),
    },
];

function insideFinding(
    { node, address, reachedAt, isAlive }: Advertised,
    all: readonly Advertised[],
    isDeclared: boolean,
): Finding[] {
    const others = all
        .filter((one) => one.node !== node && !bridgeRange.contains(one.address))
        .map((one) => one.node)
        .sort();
    // Nodes of one machine may well talk to one another inside it.
    const isOneMachine = reachedAt === undefined && others.length === 0;
    if (reachedAt === address || isOneMachine || !isInside(address, reachedAt)) {
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
            fix: advertiseFix(reachedAt, isDeclared),
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

/** Only the bridge's range is certain to be no network of machines. An address of another range is inside where the
 * node is not reached in that range. */
function isInside(address: string, reachedAt: string | undefined): boolean {
    return reachedAt === undefined
        ? bridgeRange.contains(address)
        : insideRanges.some((range) => range.contains(address) && !range.contains(reachedAt));
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
