import type { Check } from "../findings.ts";
import {
    listed,
    perCluster,
    perNode,
    perSpeaker,
    signed,
    speakers,
    startAgain,
    unique,
} from "./views.ts";

/** As many entries as a first election and its registrations make; where fewer are lost, no data are. */
const fewEntries = 5;

/** The entries before any data: Raft's own configuration is the first. */
const firstEntries = 3;

/** A server that would elect itself if it ever came back empty. */
const bootstrapsAlone: Check = {
    id: "bootstraps-alone",
    holds: "no server of several would elect itself alone",
    explainedBy: ["taken-over", "expect-differs"],
    find: perSpeaker(({ self, agent }) => {
        const servers = agent.members.filter(({ isServer }) => isServer);
        return self.isServer && self.expect === 1 && servers.length > 1
            ? {
                  seen: "runs with -bootstrap or -bootstrap-expect=1 beside other servers",
                  why: "Harmless while it has its data. Started once without, it elects itself, and may take the others over and lose all their data.",
                  fix: "Start it without that flag; a server with data needs none.",
              }
            : undefined;
    }),
};

/** Servers that hold different data under the same index. */
const dataDiffer: Check = {
    id: "data-differ",
    holds: "all servers hold the same data",
    explainedBy: ["taken-over"],
    find: perCluster((facts) => {
        const tellers = speakers(facts).filter(({ agent }) => agent.keys !== undefined);
        const odd = differing(
            tellers.map(({ self, agent }) => ({ name: self.name, keys: agent.keys ?? {} })),
        );
        if (odd === undefined) {
            return undefined;
        }
        const verb = odd.keys.length === 1 ? "is" : "are";
        return {
            nodes: [odd.name],
            seen: `holds other data than the rest: ${listed(odd.keys)} ${verb} not the same there`,
            why:
                "It comes from an earlier cluster: Raft compares numbers, not contents. Stale reads " +
                "stay different, and once it leads its data replace the others'.",
            fix: "Do not let it lead: stop it, empty its data folder or volume, and start it; it gets the others' data.",
        };
    }),
};

/** What is wrong with the data of the servers. */
export const dataChecks: readonly Check[] = [
    {
        id: "offline-too-long",
        asks: "container",
        holds: "no server was away for longer than it may come back from",
        find: perNode(({ signs, agent }) =>
            agent?.self === undefined && signs.some(({ kind }) => kind === "offline-too-long")
                ? {
                      seen: "refuses to rejoin: it was away for longer than server_rejoin_age_max (7 days)",
                      why: "Its data are old; it ends after a minute, and so again each time it is started.",
                      fix:
                          "Where the others are a quorum: remove its container and its volume consul-data, and " +
                          `it comes back empty (${startAgain}). Where they are not, set server_rejoin_age_max ` +
                          "higher in agentConfig.",
                  }
                : undefined,
        ),
    },
    {
        id: "taken-over",
        holds: "no server has thrown its log away for that of an empty one",
        find: perCluster((facts) => {
            const cleared = signed(facts, "log-cleared").filter(({ sign }) => {
                const [from, to] = sign.named.map(Number);
                const isKnown = from !== undefined && to !== undefined;
                return isKnown && from <= firstEntries && to - from >= fewEntries;
            });
            const alone = bootstrapsAlone.find(facts).flatMap(({ nodes = [] }) => nodes);
            const odd = dataDiffer.find(facts).flatMap(({ nodes = [] }) => nodes);
            // The others do not apply again what they have lost: they may hold it still.
            const winners = alone.filter((name) => odd.includes(name));
            if (cleared.length === 0 && winners.length === 0) {
                return undefined;
            }
            const losers = unique(cleared.map(({ node }) => node.name));
            return {
                nodes: winners.length > 0 ? winners : losers,
                // The others have no vote with it until they have followed it for a while.
                involved: speakers(facts).map(({ self }) => self.name),
                seen:
                    winners.length > 0
                        ? "has taken the cluster over: the data that the other servers held are not in its"
                        : `threw nearly its whole log away (${cleared[0]?.sign.named.join(" to ") ?? ""})`,
                why:
                    `${alone.length === 0 ? "A server" : listed(alone)}, started empty with -bootstrap or ` +
                    "-bootstrap-expect=1, elected itself, and then the others followed it. All else looks healthy.",
                fix:
                    "`consul snapshot save -stale` on each of the others first: they may hold the data still. " +
                    "Then restore a snapshot (`npm run restore`, docs/restore.md), and take that flag away.",
            };
        }),
    },
    bootstrapsAlone,
    dataDiffer,
];

interface Held {
    readonly name: string;
    readonly keys: Readonly<Record<string, number>>;
}

/** The server that differs from most, and in what; undefined where none does. */
function differing(
    servers: readonly Held[],
): { readonly name: string; readonly keys: string[] } | undefined {
    const differences = ({ keys }: Held, other: Held) =>
        unique([...Object.keys(keys), ...Object.keys(other.keys)]).filter(
            (key) => keys[key] !== other.keys[key],
        );
    const ranked = servers
        .map((one) => ({
            one,
            against: servers.filter((other) => other !== one && differences(one, other).length > 0),
        }))
        .sort((a, b) => b.against.length - a.against.length);
    const first = ranked[0];
    const other = first?.against[0];
    return first === undefined || other === undefined
        ? undefined
        : { name: first.one.name, keys: differences(first.one, other).sort().slice(0, 5) };
}
