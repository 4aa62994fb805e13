/** Minutes in which a problem that persists is logged again: an agent synchronizes every minute. */
const sync = 2;

/** The same for gossip, which probes every member within half a minute. */
const gossip = 0.75;

/** The minutes of a day, for what does not end: lost data stay lost, whatever is logged later. */
const day = 24 * 60;

/** Lines that show a mistake, in the words of Consul, serf, memberlist and Raft. A pattern's groups are what the line
 * names; after these minutes, or after a line that says that it is over, the line no longer describes the present. */
const patterns = [
    {
        kind: "udp-lost",
        // Among datacenters a server is named with its own: `server-1.dc1`.
        pattern: /Was able to connect to ([^\s.]+)(\S*) over TCP but UDP probes failed/,
        minutes: gossip,
    },
    { kind: "join-failed", pattern: /Join(?: \w+)* failed/, minutes: sync },
    {
        kind: "name-reserved",
        pattern: /Node name (\S+) is reserved by node (\S+)/,
        minutes: sync,
    },
    {
        kind: "id-conflict",
        pattern:
            /Member '([^']+)' has conflicting node ID '([^']+)' with (?:member '([^']+)'|this agent's)/,
        minutes: sync,
    },
    {
        kind: "name-conflict",
        pattern:
            /(?:Conflicting address for|Name conflict for) '?([^\s'.]+)\S* (?:Mine:|both) (\S+):\d+ (?:Theirs:|and) (\S+):\d+/,
        minutes: gossip,
    },
    {
        kind: "duplicate-address",
        pattern: /removed server with duplicate address|Preventing server addition/,
        minutes: sync,
    },
    {
        kind: "wrong-key",
        pattern:
            /No installed keys could decrypt|keyring doesn't include key|Remote state is encrypted and|remote state is not encrypted/,
        minutes: sync,
    },
    {
        kind: "wrong-datacenter",
        pattern: /Member '([^']+)' part of wrong datacenter '([^']+)'/,
        minutes: sync,
    },
    {
        kind: "offline-too-long",
        pattern: /refusing to rejoin cluster because server has been offline/,
        minutes: day,
    },
    { kind: "log-cleared", pattern: /clearing log suffix: from=(\d+) to=(\d+)/, minutes: day },
    {
        kind: "token-refused",
        // An agent that starts asks before it knows a leader: then none of its tokens is known.
        pattern: /blocked by ACLs|(?<!authorization: )ACL not found|Permission denied/,
        minutes: sync,
        // A new cluster's agents ask before their tokens are made.
        over: /Synced node info/,
    },
    { kind: "several-addresses", pattern: /Multiple private IPv4 addresses found/, minutes: day },
] as const;

/** The kinds of lines in an agent's log that show a mistake. */
export type SignKind = (typeof patterns)[number]["kind"];

/** A line of an agent's log that shows a mistake. */
export interface LogSign {
    readonly kind: SignKind;
    /** What the line names: a node, an id, an address; the groups of the kind's pattern. */
    readonly named: readonly string[];
    readonly line: string;
}

const timePattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/;

/**
 * Finds the mistakes that a log shows and that persist. A line without a time is taken for a recent one.
 *
 * @param now when the log was read, by the clock of the computer that wrote it.
 */
export function signsOf(lines: readonly string[], now: Date): LogSign[] {
    return lines.flatMap((line, index) => {
        const written = timePattern.exec(line)?.[0];
        const age = written === undefined ? 0 : (now.getTime() - Date.parse(written)) / 60_000;
        return patterns.flatMap(({ kind, pattern, minutes, ...rest }) => {
            const match = pattern.exec(line);
            const isOver =
                "over" in rest && lines.slice(index).some((later) => rest.over.test(later));
            if (match === null || age > minutes || isOver) {
                return [];
            }
            const named = match.slice(1).map((group: string | undefined) => group ?? "");
            return [{ kind, named, line: line.trim() }];
        });
    });
}
