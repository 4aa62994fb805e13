import { describe, expect, it } from "vitest";
import { signsOf } from "../../../../cli/doctor/signs.ts";

const now = new Date("2026-01-01T12:00:00Z");

/** The signs of one line that was written a moment ago. */
const kinds = (line: string) =>
    signsOf([`2026-01-01T11:59:58.123Z ${line}`], now).map(({ kind, named }) => [kind, ...named]);

describe("signsOf", () => {
    it.each([
        [
            "[WARN]  agent.client.memberlist.lan: memberlist: Was able to connect to server-1 over TCP " +
                "but UDP probes failed, network may be misconfigured",
            ["udp-lost", "server-1", ""],
        ],
        [
            "[WARN]  agent.server.memberlist.wan: memberlist: Was able to connect to server-1.dc1 over " +
                "TCP but UDP probes failed, network may be misconfigured",
            ["udp-lost", "server-1", ".dc1"],
        ],
        [
            '[WARN]  agent: Join cluster failed, will retry: cluster=LAN retry_interval=30s error="..."',
            ["join-failed"],
        ],
        ["[WARN]  agent: Join LAN failed: no servers, retrying in 30s", ["join-failed"]],
        [
            'failed inserting node: Error while renaming Node ID: "b": Node name s3 is reserved by node ' +
                "01c4a992-4bd5 with name s3",
            ["name-reserved", "s3", "01c4a992-4bd5"],
        ],
        [
            "Member 'c2' has conflicting node ID '0001' with member 'c1'",
            ["id-conflict", "c2", "0001", "c1"],
        ],
        [
            "Member 'c1' has conflicting node ID '0001' with this agent's ID",
            ["id-conflict", "c1", "0001", ""],
        ],
        [
            "memberlist: Conflicting address for c1. Mine: 10.0.0.8:8301 Theirs: 10.0.0.9:8301 Old state: 0",
            ["name-conflict", "c1", "10.0.0.8", "10.0.0.9"],
        ],
        [
            "serf: Name conflict for 's2.dc1' both 10.0.0.2:8302 and 10.0.0.3:8302 are claiming",
            ["name-conflict", "s2", "10.0.0.2", "10.0.0.3"],
        ],
        ["removed server with duplicate address: address=10.0.0.3:8300", ["duplicate-address"]],
        [
            "Preventing server addition that would require removal of too many servers",
            ["duplicate-address"],
        ],
        ["No installed keys could decrypt the message from=10.0.0.3:39112", ["wrong-key"]],
        ["Remote state is encrypted and encryption is not configured", ["wrong-key"]],
        ["Encryption is configured but remote state is not encrypted", ["wrong-key"]],
        ["Member 'c1' part of wrong datacenter 'dc2'", ["wrong-datacenter", "c1", "dc2"]],
        [
            "refusing to rejoin cluster because server has been offline for more than the configured",
            ["offline-too-long"],
        ],
        ["agent.server.raft: clearing log suffix: from=2 to=30", ["log-cleared", "2", "30"]],
        ["agent: Node info update blocked by ACLs: node=c1", ["token-refused"]],
        ["Multiple private IPv4 addresses found. Please configure one", ["several-addresses"]],
    ])("knows %s", (line, sign) => {
        expect(kinds(line)).toEqual([sign]);
    });

    it("sees nothing in what every agent says", () => {
        expect(kinds("[INFO]  agent: Join cluster completed. Synced with initial agents")).toEqual(
            [],
        );
        expect(kinds("[INFO]  agent.server: New leader elected: payload=s1")).toEqual([]);
    });

    it("forgets what went on, and not what was lost", () => {
        const lines = [
            "2026-01-01T11:57:00Z Was able to connect to c1 over TCP but UDP probes failed",
            "2026-01-01T11:59:30.000+0000 Was able to connect to c2 over TCP but UDP probes failed",
            "2026-01-01T11:58:30Z Member 'c3' part of wrong datacenter 'dc2'",
            "2026-01-01T11:57:30Z Member 'c4' part of wrong datacenter 'dc2'",
            "2026-01-01T01:00:00Z clearing log suffix: from=2 to=30",
            "2025-12-30T01:00:00Z clearing log suffix: from=2 to=40",
        ];
        expect(signsOf(lines, now).map(({ named }) => named)).toEqual([
            ["c2", ""],
            ["c3", "dc2"],
            ["2", "30"],
        ]);
    });

    it("takes a line without a time for a recent one", () => {
        expect(signsOf(["Multiple private IPv4 addresses found"], now)).toHaveLength(1);
    });
});

it("a refusal before there is a leader, or before its token was made, is none that persists", () => {
    const now = new Date("2026-11-27T20:41:00Z");
    const refused = '20:40:49Z [ERROR] agent.anti_entropy: failed to sync: error="ACL not found"';
    const starting =
        "20:40:49Z [ERROR] agent.anti_entropy: failed to sync: error=" +
        '"ACL system must be bootstrapped before making any requests that require authorization: ACL not found"';
    const synced = "20:40:55Z [INFO]  agent: Synced node info";
    const kinds = (...lines: string[]) =>
        signsOf(
            lines.map((line) => `2026-11-27T${line}`),
            now,
        ).map(({ kind }) => kind);
    expect(kinds(refused)).toEqual(["token-refused"]);
    expect(kinds(synced, refused)).toEqual(["token-refused"]);
    expect(kinds(refused, synced)).toEqual([]);
    expect(kinds(starting)).toEqual([]);
});
