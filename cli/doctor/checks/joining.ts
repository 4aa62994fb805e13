import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { hasMetNobody, listed, signed, signedNodes, speakers, type Speaker } from "./views.ts";

/** Addresses by which an agent means itself wherever it runs. */
const itself = new Set(["127.0.0.1", "localhost", "::1", "0.0.0.0"]);

/** An agent that has been told to join itself, and did. */
export const joinsItself: Check = {
    id: "joins-itself",
    asks: "agent",
    holds: "no agent has joined only itself",
    explainedBy: [],
    look: (facts) =>
        speakers(facts)
            .filter((speaker) => hasMetNobody(speaker) && ownAddress(speaker) !== undefined)
            .map((speaker) => ({
                nodes: [speaker.self.name],
                seen: `has joined itself: its join list names ${ownAddress(speaker) ?? ""}, and it sees nobody else`,
                why:
                    "A join list is done with as soon as one address answers, and its own answers " +
                    "first: it never asks the others.",
                fix: "Take its own address out of -retry-join; name the other servers, all of them.",
            })),
};

/** An agent whose joins fail. */
export const joinFails: Check = {
    id: "join-fails",
    asks: "agent",
    holds: "every agent that is told whom to join sees somebody",
    explainedBy: [
        "joins-itself",
        "gossip-key",
        "other-datacenter",
        "id-shared",
        "offline-too-long",
    ],
    look: (facts) =>
        speakers(facts)
            .filter((speaker) => hasMetNobody(speaker) && speaker.self.joins.length > 0)
            // One that leads itself is a cluster, if a small one.
            .filter((speaker) => speaker.agent.leader === "" && ownAddress(speaker) === undefined)
            .map(({ self }) => ({
                nodes: [self.name],
                seen: `sees nobody: none of those it is to join answers (${listed(self.joins)})`,
                why:
                    "They are not up, are at another address, or 8301/tcp is closed between the " +
                    "machines. Until one answers it is no part of any cluster.",
                fix:
                    `Start them; try \`nc -vz ${self.joins[0] ?? ""} 8301\` on its machine. It asks ` +
                    "again by itself, with -retry-interval=1s every second instead of every 30.",
            })),
};

/** An agent with another gossip key. */
export const gossipKey: Check = {
    id: "gossip-key",
    asks: "agent",
    holds: "all agents read each other's gossip",
    explainedBy: [],
    look: (facts) => {
        const holders = signedNodes(facts, "wrong-key").map(({ name }) => name);
        if (holders.length === 0) {
            return [];
        }
        // Both sides fail to read the other; the one that is alone has the odd key.
        const alone = speakers(facts)
            .filter((speaker) => hasMetNobody(speaker) && speaker.agent.leader === "")
            .map(({ self }) => self.name);
        const odd = alone.length > 0 ? alone : holders;
        return [
            {
                nodes: odd,
                seen: "has another gossip key than the rest, or none: what they send is not decrypted",
                why:
                    'Its messages are dropped, as theirs are ("No installed keys could decrypt the ' +
                    'message"), so they are no cluster. A key given to an agent that has one in its ' +
                    "data is ignored.",
                fix:
                    "Give it the cluster's key: `consul keyring -list` on a good node shows it. For an " +
                    "agent with data, empty serf/local.keyring in its data folder and start it again.",
            },
        ];
    },
};

/** An agent of another datacenter. */
export const otherDatacenter: Check = {
    id: "other-datacenter",
    asks: "agent",
    holds: "all agents name the same datacenter",
    explainedBy: [],
    look: (facts) => {
        const found = speakers(facts);
        const common = mostCommon(found.map(({ self }) => self.datacenter));
        const odd = found
            .filter(({ self }) => self.datacenter !== common)
            .map(({ self }) => datacenterFinding(self.name, self.datacenter, common ?? ""));
        return odd.length > 0 ? odd : refusedDatacenters(facts);
    },
};

/** What the log tells where only one side of a refused join could be asked: the one that is alone is
 * the odd one, whoever refused whom. */
function refusedDatacenters(facts: ClusterFacts): Finding[] {
    const found = speakers(facts);
    const refusals = signed(facts, "wrong-datacenter").map(({ node, sign }) => {
        const [name = "", theirs = ""] = sign.named;
        const teller = found.find((speaker) => speaker.node === node);
        const own = teller?.self.datacenter ?? "another";
        return teller !== undefined && hasMetNobody(teller)
            ? datacenterFinding(node.name, own, theirs)
            : datacenterFinding(name, theirs, own);
    });
    return refusals.filter(
        ({ seen, nodes }, index) =>
            refusals.findIndex((one) => one.seen === seen && one.nodes[0] === nodes[0]) === index,
    );
}

function datacenterFinding(node: string, has: string, others: string): Finding {
    return {
        nodes: [node],
        seen: `is of the datacenter "${has}", and the others of "${others}"`,
        why: 'Agents of one gossip pool name one datacenter; its joins are refused ("part of wrong datacenter").',
        fix: `Give it -datacenter=${others}. A server that has data of its own as "${has}" starts with an empty volume.`,
    };
}

/** The word that most say; the first of them, if several are said as often. */
function mostCommon(words: readonly string[]): string | undefined {
    const count = (word: string) => words.filter((one) => one === word).length;
    return words.reduce<string | undefined>(
        (best, word) => (best === undefined || count(word) > count(best) ? word : best),
        undefined,
    );
}

/** The address of its own that an agent is told to join. */
function ownAddress({ node, self }: Speaker): string | undefined {
    return self.joins.find((join) => {
        const host = join.replace(/:\d+$/, "");
        return host === self.advertised || host === node.address || itself.has(host);
    });
}
