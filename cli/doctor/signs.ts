/** The kinds of lines in an agent's log that tell a mistake. */
export type SignKind =
    | "udp-lost"
    | "join-failed"
    | "name-reserved"
    | "id-conflict"
    | "name-conflict"
    | "duplicate-address"
    | "wrong-key"
    | "wrong-datacenter"
    | "offline-too-long"
    | "log-cleared"
    | "token-refused"
    | "several-addresses";

/** A line of an agent's log that tells a mistake. */
export interface LogSign {
    readonly kind: SignKind;
    /** What the line names: a node, an id, an address; as the pattern's groups have it. */
    readonly named: readonly string[];
    readonly line: string;
}

interface Pattern {
    readonly kind: SignKind;
    readonly pattern: RegExp;
    /** Minutes after which such a line says nothing any more of how things are. */
    readonly lasts: number;
}

/** Time in which what goes on shows again: an agent's sync comes round every minute. */
const goesOn = 2;

/** The same for gossip, which comes round every half minute. */
const goesRound = 0.75;

/** Minutes of a day: what was lost stays lost, whatever the log says later. */
const aDay = 24 * 60;

/** In the words of Consul, serf, memberlist and Raft; the pattern's groups are what is named. */
const patterns: readonly Pattern[] = [
    {
        kind: "udp-lost",
        // Among datacenters a server is named with its own: `server-1.dc1`.
        pattern: /Was able to connect to ([^\s.]+)(\S*) over TCP but UDP probes failed/,
        lasts: goesRound,
    },
    { kind: "name-reserved", pattern: /Node name (\S+) is reserved by node (\S+)/, lasts: goesOn },
    {
        kind: "id-conflict",
        pattern:
            /Member '([^']+)' has conflicting node ID '([^']+)' with (?:member '([^']+)'|this agent's)/,
        lasts: goesOn,
    },
    {
        kind: "name-conflict",
        pattern:
            /(?:Conflicting address for|Name conflict for) '?([^\s'.]+)\S* (?:Mine:|both) (\S+):\d+ (?:Theirs:|and) (\S+):\d+/,
        lasts: goesRound,
    },
    {
        kind: "duplicate-address",
        pattern: /removed server with duplicate address|Preventing server addition/,
        lasts: goesOn,
    },
    {
        kind: "wrong-key",
        pattern:
            /No installed keys could decrypt|keyring doesn't include key|Remote state is encrypted and|remote state is not encrypted/,
        lasts: goesOn,
    },
    {
        kind: "wrong-datacenter",
        pattern: /Member '([^']+)' part of wrong datacenter '([^']+)'/,
        lasts: goesOn,
    },
    { kind: "join-failed", pattern: /Join(?: \w+)* failed/, lasts: goesOn },
    {
        kind: "offline-too-long",
        pattern: /refusing to rejoin cluster because server has been offline/,
        lasts: aDay,
    },
    { kind: "log-cleared", pattern: /clearing log suffix: from=(\d+) to=(\d+)/, lasts: aDay },
    {
        kind: "token-refused",
        pattern: /blocked by ACLs|ACL not found|Permission denied/,
        lasts: goesOn,
    },
    { kind: "several-addresses", pattern: /Multiple private IPv4 addresses found/, lasts: aDay },
];

const timePattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/;

/**
 * Finds what a log tells of mistakes that go on. A line without a time is taken for a recent one.
 *
 * @param now when the log was read, by the clock of the computer that wrote it.
 */
export function signsOf(lines: readonly string[], now: Date): LogSign[] {
    return lines.flatMap((line) => {
        const written = timePattern.exec(line)?.[0];
        const age = written === undefined ? 0 : (now.getTime() - Date.parse(written)) / 60_000;
        return patterns.flatMap(({ kind, pattern, lasts }) => {
            const match = pattern.exec(line);
            return match === null || age > lasts
                ? []
                : [
                      {
                          kind,
                          named: match.slice(1).map((group: string | undefined) => group ?? ""),
                          line: line.trim(),
                      },
                  ];
        });
    });
}
