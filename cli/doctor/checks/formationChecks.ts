import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { causesOfSilence, hasLeader, listed, livingServers, speakers, unique } from "./views.ts";

/** Servers that wait for different numbers of servers. */
export const expectDiffers: Check = {
    id: "expect-differs",
    asks: "agent",
    holds: "no two servers wait for different numbers of servers",
    explainedBy: [],
    look: (facts) => {
        const expects = expectations(facts);
        const values = unique([...expects.values()].map(String));
        if (hasLeader(facts) !== false || isFormed(facts) || values.length < 2) {
            return [];
        }
        const said = [...expects].map(([name, expect]) => `${name} for ${expect}`);
        return [
            {
                nodes: [...expects.keys()],
                seen: `wait for different numbers of servers: ${listed(said)}`,
                why:
                    'Each refuses an election that another has a different number for ("conflicting ' +
                    'expect value"), so there is no first leader.',
                fix:
                    "Give one -bootstrap-expect to all of them: the number of servers. To one server " +
                    "alone is as good, with none on the others.",
            },
        ];
    },
};

/** A first election that waits for more servers than there are. */
export const expectUnmet: Check = {
    id: "expect-unmet",
    asks: "agent",
    holds: "no first election waits for servers that are not there",
    explainedBy: ["expect-differs", ...causesOfSilence, "container-stopped", "container-gone"],
    look: (facts) => {
        if (hasLeader(facts) !== false || isFormed(facts)) {
            return [];
        }
        const expects = expectations(facts);
        const living = livingServers(facts);
        const wanted = Math.max(0, ...expects.values());
        return wanted === 0 || living.length < wanted
            ? [unmetFinding(wanted, living, expects)]
            : [];
    },
};

/** Whether any server holds a Raft configuration: none does before the first election. */
function isFormed(facts: ClusterFacts): boolean {
    return speakers(facts).some(({ self }) => self.peers.length > 0);
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
    living: readonly { readonly name: string }[],
    expects: ReadonlyMap<string, number>,
): Finding {
    const there = living.length === 0 ? "none" : listed(living.map(({ name }) => name));
    if (wanted === 0) {
        return {
            nodes: [],
            seen: `has no leader, for none of its servers opens the first election (${there})`,
            why: "Servers without data wait until one of them is told how many they are.",
            fix: `Start one of them with -bootstrap-expect=${Math.max(1, living.length)}: their number.`,
        };
    }
    return {
        nodes: [],
        seen: `waits for ${wanted} servers before it elects its first leader; ${living.length} there: ${there}`,
        why: `${listed([...expects.keys()])} opens the election once so many see one another, and not before.`,
        fix: "Start the missing ones, and see that each can reach the others at 8301, tcp and udp.",
    };
}
