import type { ClusterFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import {
    hasMetNone,
    listed,
    perCluster,
    perSpeaker,
    signed,
    signedNames,
    speakers,
    type Speaker,
} from "./views.ts";

/** Addresses by which an agent means itself wherever it runs. */
const itself = new Set(["127.0.0.1", "localhost", "::1", "0.0.0.0"]);

/** What keeps agents from joining one another. */
export const joiningChecks: readonly Check[] = [
    {
        id: "joins-itself",
        holds: "no agent has joined only itself",
        find: perSpeaker((speaker) => {
            const own = ownAddress(speaker);
            return own === undefined || !hasMetNone(speaker)
                ? undefined
                : {
                      seen: `has joined itself: its join list names ${own}, and it sees no other agent`,
                      why:
                          "A join list is done with as soon as one address answers, and its own answers " +
                          "first: it never asks the others.",
                      fix: "Take its own address out of -retry-join; name the other servers, all of them.",
                  };
        }),
    },
    {
        id: "join-fails",
        holds: "every agent that is told whom to join sees another",
        explainedBy: [
            "joins-itself",
            "gossip-key",
            "other-datacenter",
            "id-shared",
            "offline-too-long",
        ],
        find: perSpeaker((speaker) => {
            const { joins } = speaker.self;
            const isJoining = joins.length > 0 && ownAddress(speaker) === undefined;
            return isJoining && isAlone(speaker)
                ? {
                      seen: `sees no other agent: none of those it is to join answers (${listed(joins)})`,
                      why:
                          "They are not up, are at another address, or 8301/tcp is closed between the " +
                          "machines. Until one answers it is no part of any cluster.",
                      fix:
                          `Start them; try \`nc -vz ${joins[0] ?? ""} 8301\` on its machine. It asks ` +
                          "again by itself, with -retry-interval=1s every second instead of every 30.",
                  }
                : undefined;
        }),
    },
    {
        id: "gossip-key",
        holds: "all agents read each other's gossip",
        find: perCluster((facts) => {
            const holders = signedNames(facts, "wrong-key");
            if (holders.length === 0) {
                return undefined;
            }
            // Both sides fail to read the other; the one that is alone has the odd key.
            const alone = speakers(facts)
                .filter(isAlone)
                .map(({ self }) => self.name);
            return {
                nodes: alone.length > 0 ? alone : holders,
                seen: "has another gossip key than the rest, or none: what they send is not decrypted",
                why:
                    'Its messages are dropped, as theirs are ("No installed keys could decrypt the ' +
                    'message"), so they are no cluster. A key given to an agent that has one in its ' +
                    "data is ignored.",
                fix:
                    facts.isDeclared && facts.isSecured
                        ? "`pulumi up` gives it the others' keys where a change of the key was interrupted. Else count `rotate.gossip` up, and `pulumi up`."
                        : "Give it the cluster's key: `consul keyring -list` on a good node shows it. For an " +
                          "agent with data, empty serf/local.keyring in its data folder and start it again.",
            };
        }),
    },
    {
        id: "other-datacenter",
        holds: "all agents name the same datacenter",
        find: (facts) => {
            const selves = speakers(facts).map(({ self }) => self);
            const common = mostCommon(selves.map(({ datacenter }) => datacenter));
            const odd = selves
                .filter(({ datacenter }) => datacenter !== common)
                .map(({ name, datacenter }) => datacenterFinding(name, datacenter, common));
            return odd.length > 0 ? odd : refusedDatacenters(facts);
        },
    },
];

/** What the log shows where only one side of a refused join could be asked: the one that is alone is the odd one,
 * whichever refused the other. */
function refusedDatacenters(facts: ClusterFacts): Finding[] {
    const found = speakers(facts);
    const findings = signed(facts, "wrong-datacenter").map(({ node, sign }) => {
        const [name = "", theirs = ""] = sign.named;
        const reporter = found.find((speaker) => speaker.node === node);
        const own = reporter?.self.datacenter ?? "another";
        return reporter !== undefined && hasMetNone(reporter)
            ? datacenterFinding(node.name, own, theirs)
            : datacenterFinding(name, theirs, own);
    });
    const each = findings.map((one) => [`${one.nodes?.join() ?? ""} ${one.seen}`, one] as const);
    return [...new Map(each).values()];
}

function datacenterFinding(node: string, has: string, others: string): Finding {
    return {
        nodes: [node],
        seen: `is of the datacenter "${has}", and the others of "${others}"`,
        why: 'Agents of one gossip pool name one datacenter; its joins are refused ("part of wrong datacenter").',
        fix: `Give it -datacenter=${others}. A server that has data of its own as "${has}" starts with an empty volume.`,
    };
}

/** The word that occurs most; the first of them, where several occur as often. */
function mostCommon(words: readonly string[]): string {
    const count = (word: string) => words.filter((one) => one === word).length;
    const [first = "", ...rest] = words;
    return rest.reduce((best, word) => (count(word) > count(best) ? word : best), first);
}

/** Whether an agent has met no other, and does not lead a small cluster of its own. */
function isAlone(speaker: Speaker): boolean {
    return hasMetNone(speaker) && speaker.agent.leader === "";
}

/** The address of its own that an agent is told to join. */
function ownAddress({ node, self }: Speaker): string | undefined {
    return self.joins.find((join) => {
        const host = join.replace(/:\d+$/, "");
        return host === self.advertised || host === node.address || itself.has(host);
    });
}
