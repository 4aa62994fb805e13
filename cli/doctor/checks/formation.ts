import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import {
    hasLeader,
    listed,
    livingServers,
    perCluster,
    separationCauses,
    speakers,
    unique,
} from "./views.ts";

/** What keeps a cluster from its first election. */
export const formationChecks: readonly Check[] = [
    {
        id: "expect-differs",
        holds: "no two servers wait for different numbers of servers",
        find: perCluster((facts) => {
            const expects = expectations(facts);
            const values = unique([...expects.values()].map(String));
            if (!isForming(facts) || values.length < 2) {
                return undefined;
            }
            const said = [...expects].map(([name, expect]) => `${name} for ${expect}`);
            return {
                nodes: [...expects.keys()],
                seen: `wait for different numbers of servers: ${listed(said)}`,
                why:
                    'Each refuses an election that another has a different number for ("conflicting ' +
                    'expect value"), so there is no first leader.',
                fix:
                    "Give one -bootstrap-expect to all of them: the number of servers. To one server " +
                    "alone is as good, with none on the others.",
            };
        }),
    },
    {
        id: "expect-unmet",
        holds: "no first election waits for servers that are not there",
        explainedBy: ["expect-differs", ...separationCauses, "container-stopped", "container-gone"],
        find: perCluster((facts) => {
            if (!isForming(facts)) {
                return undefined;
            }
            const expects = expectations(facts);
            const living = livingServers(facts).map(({ name }) => name);
            const wanted = Math.max(0, ...expects.values());
            return wanted === 0 || living.length < wanted
                ? unmetFinding(wanted, living, [...expects.keys()])
                : undefined;
        }),
    },
];

/** Whether there is no leader yet, nor a Raft configuration: no server has one before the first election. */
function isForming(facts: ClusterFacts): boolean {
    const isFormed = speakers(facts).some(({ self }) => self.peers.length > 0);
    return hasLeader(facts) === false && !isFormed;
}

/** How many servers each server waits for, where it waits for any. */
function expectations(facts: ClusterFacts): Map<string, number> {
    const found = new Map<string, number>();
    for (const { self, agent } of speakers(facts)) {
        for (const { name, status, expect } of agent.members) {
            if (status === "alive" && expect !== undefined) {
                found.set(name, expect);
            }
        }
        if (self.expect !== undefined) {
            found.set(self.name, self.expect);
        }
    }
    return found;
}

function unmetFinding(
    wanted: number,
    living: readonly string[],
    openers: readonly string[],
): Finding {
    const there = living.length === 0 ? "none" : listed(living);
    if (wanted === 0) {
        return {
            seen: `has no leader, for none of its servers opens the first election (${there})`,
            why: "Servers without data wait until one of them is told how many they are.",
            fix: `Start one of them with -bootstrap-expect=${Math.max(1, living.length)}: their number.`,
        };
    }
    return {
        seen: `waits for ${wanted} servers before it elects its first leader; ${living.length} there: ${there}`,
        why: `${listed(openers)} opens the election once so many see one another, and not before.`,
        fix: "Start the missing ones, and see that each can reach the others at 8301, tcp and udp.",
    };
}
