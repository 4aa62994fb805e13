import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import {
    hasLeader,
    listed,
    livingServers,
    perCluster,
    separationCauses,
    signedNames,
    speakers,
    unique,
    type Speaker,
} from "./views.ts";

/** A server that has no vote. */
const notVoter: Check = {
    id: "not-voter",
    holds: "every server votes",
    explainedBy: [
        "address-reused",
        "taken-over",
        "not-alive",
        "container-stopped",
        "container-gone",
        "machine-unreachable",
        "machine-moved",
        "offline-too-long",
        ...separationCauses,
    ],
    find: (facts) => {
        const voters = facts.nodes.flatMap(({ agent }) => agent?.voters ?? []);
        if (voters.length === 0) {
            return [];
        }
        const voting = new Set(voters.filter(({ isVoter }) => isVoter).map(({ name }) => name));
        const servers = facts.isDeclared
            ? facts.nodes.filter(({ isServer }) => isServer).map(({ name }) => name)
            : livingServers(facts).map(({ name }) => name);
        return servers
            .filter((name) => !voting.has(name))
            .map((name) => ({
                nodes: [name],
                seen: "has no vote",
                why: "The cluster decides without it, and tolerates the failure of fewer servers than its size allows.",
                fix:
                    "A server votes some 10 to 20 s after it has joined: check again. If it stays so, its " +
                    "agent's log says why.",
            }));
    },
};

/** What is wrong with the leader and the voters. */
export const raftChecks: readonly Check[] = [
    {
        id: "quorum-lost",
        holds: "a majority of the voters is there",
        explainedBy: [
            "advertised-inside",
            "advertised-elsewhere",
            "gossip-key",
            "other-datacenter",
        ],
        find: perCluster((facts) => {
            const peers = speakers(facts).flatMap(({ self }) => self.peers);
            if (hasLeader(facts) !== false || peers.length === 0) {
                return undefined;
            }
            const ids = unique(peers.map(({ id }) => id));
            const living = new Set(livingServers(facts).map(({ id }) => id));
            const gone = ids.filter((id) => !living.has(id));
            const majority = Math.floor(ids.length / 2) + 1;
            const names = gone.map((id) => nameOf(id, facts));
            return ids.length - gone.length >= majority
                ? undefined
                : lostFinding(ids.length, names, facts.isDeclared);
        }),
    },
    {
        id: "no-leader",
        holds: "the agents know a leader, and the same one",
        explainedBy: [
            "expect-differs",
            "expect-unmet",
            "quorum-lost",
            "udp-lost",
            "container-stopped",
            "container-gone",
            "machine-unreachable",
            "machine-moved",
            "agent-unreachable",
            ...separationCauses,
        ],
        find: perCluster((facts) => {
            const said = speakers(facts).filter(({ agent }) => agent.leader !== undefined);
            const leaders = unique(said.map(({ agent }) => agent.leader ?? ""));
            const without = said.filter(({ agent }) => agent.leader === "");
            if (leaders.length === 0 || (leaders.length === 1 && without.length === 0)) {
                return undefined;
            }
            return without.length > 0
                ? leaderlessFinding(without, said.length)
                : splitFinding(said);
        }),
    },
    {
        id: "address-reused",
        holds: "no server is kept out for an address that was another's",
        explainedBy: ["name-shared"],
        find: perCluster((facts) => {
            const without = notVoter.find(facts).flatMap(({ nodes = [] }) => nodes);
            const disputed = disputedAddresses(facts);
            const isLogged = signedNames(facts, "duplicate-address").length > 0;
            const finding = {
                nodes: without,
                involved: disputed,
                seen:
                    "is kept out of the voters: servers have addresses under which others of " +
                    "them are still known",
                why:
                    'The leader removes a server "with duplicate address", and lets none in again ' +
                    "before it has checked all of them.",
                fix:
                    "Wait 60 to 80 s; nothing is lost. Change one server's address at a time, and " +
                    "let it leave before, or stop all and start all.",
            };
            return without.length === 0 || (!isLogged && disputed.length === 0)
                ? undefined
                : finding;
        }),
    },
    notVoter,
];

/** The servers, by name, that some server's Raft configuration has at the address of another, and
 * those others. */
function disputedAddresses(facts: ClusterFacts): string[] {
    const servers = speakers(facts).filter(({ self }) => self.isServer);
    const peers = servers.flatMap(({ self }) => self.peers);
    return servers.flatMap(({ self }) => {
        const others = peers.filter(
            ({ id, address }) => id !== self.id && address.replace(/:\d+$/, "") === self.advertised,
        );
        return others.length === 0 ? [] : [self.name, ...others.map(({ id }) => nameOf(id, facts))];
    });
}

function nameOf(id: string, facts: ClusterFacts): string {
    const members = facts.nodes.flatMap(({ agent }) => agent?.members ?? []);
    const peers = speakers(facts).flatMap(({ self }) => self.peers);
    const address = peers.find((peer) => peer.id === id)?.address ?? "an unknown address";
    return members.find((member) => member.id === id)?.name ?? `the one at ${address}`;
}

function lostFinding(voters: number, gone: readonly string[], isDeclared: boolean): Finding {
    const majority = Math.floor(voters / 2) + 1;
    const lost = isDeclared
        ? "If they are lost for good, `npm run recover` makes a cluster of the survivors: docs/recover.md."
        : "If they are lost for good, take `consul snapshot save -stale` from a survivor first, then " +
          "write raft/peers.json on the survivors and start them.";
    return {
        seen: `has lost its quorum: of ${voters} voters ${majority} must be there; gone: ${listed(gone)}`,
        why: "Nothing can be decided: no writes, no changes of the catalog, and reads only as stale ones.",
        fix: `Bring back so many of them that a majority is there, with the data they had. ${lost}`,
    };
}

function leaderlessFinding(without: readonly Speaker[], asked: number): Finding {
    const names = without.map(({ self }) => self.name);
    return {
        nodes: without.length === asked ? [] : names,
        seen: without.length === asked ? "knows no leader" : "knows no leader, and others do",
        why: "Without one an agent can neither register what runs beside it nor answer questions.",
        fix:
            "An election takes seconds: check again. If it stays so, see that servers reach one another " +
            "at 8300/tcp, and what their logs say.",
    };
}

function splitFinding(said: readonly Speaker[]): Finding {
    const views = said.map(({ self, agent }) => `${self.name} says ${agent.leader ?? ""}`);
    return {
        seen: `is split: ${listed(views)}`,
        why: "These are several clusters, each with data of its own; what is written to one is not in the others.",
        fix: "Decide which one to keep. Empty the servers of the other, and let them join it.",
    };
}
