import { clusterOf, memberOf, sign } from "../../../support/doctorFacts.ts";
import { one, type DoctorCase } from "./doctorCase.ts";

const unformed = { leader: "", voters: undefined, catalog: undefined };

/** A server that has not seen its first election, and sees so many servers. */
const waiting = (expect: number | undefined, servers: number, expects: readonly number[] = []) => ({
    self: { peers: [], expect },
    agent: {
        ...unformed,
        members: Array.from({ length: servers }, (_, index) =>
            memberOf(`s${index + 1}`, index, { expect: expects[index] ?? expect }),
        ),
    },
});

/** An agent that sees nobody. */
const alone = (name: string, index: number) => ({
    ...unformed,
    members: [memberOf(name, index)],
});

/** What the others say where the last one never came. */
const without = { members: [memberOf("s1", 0)] };

const both = { members: [memberOf("s1", 0), memberOf("s2", 1)] };

/** What keeps agents from coming together. */
export const formingCases: readonly DoctorCase[] = [
    one(
        "a client that advertises an address inside its machine",
        clusterOf({
            s1: {
                agent: {
                    members: [
                        memberOf("s1", 0),
                        memberOf("c1", 1, { address: "172.17.0.2", status: "failed" }),
                    ],
                },
                signs: [sign("udp-lost", "c1")],
            },
            c1: {
                self: { advertised: "172.17.0.2" },
                agent: { leader: "" },
                signs: [sign("udp-lost", "s1"), sign("join-failed")],
            },
        }),
        "advertised-inside c1",
        "advertises 172.17.0.2, an address inside its own machine; it is reached at 10.0.0.2",
        "-advertise=10.0.0.2",
    ),
    one(
        "a member nobody reaches, in a cluster that is not ours",
        clusterOf(
            {
                s1: {
                    agent: {
                        members: [memberOf("s1", 0), memberOf("s2", 1, { address: "172.17.0.2" })],
                    },
                },
            },
            { isDeclared: false },
        ),
        "advertised-inside s2",
        "advertises 172.17.0.2, an address inside its own machine",
        "publish its ports on its machine's address, the same number outside as inside",
    ),
    one(
        "a node that advertises the address that its machine had",
        clusterOf({ s1: {}, c1: { self: { advertised: "10.0.0.77" } } }),
        "advertised-elsewhere c1",
        "advertises 10.0.0.77, but is reached at 10.0.0.2",
        "-advertise=10.0.0.2",
    ),
    one(
        "probes that do not go through by udp, on an old engine",
        clusterOf({
            s1: { signs: [sign("udp-lost", "c1"), sign("udp-lost", "c1")] },
            c1: { machine: { engineVersion: "20.10.24+dfsg1" } },
        }),
        "udp-lost c1 s1",
        "reach each other at 8301 by tcp, and not by udp",
        "`sudo conntrack -D -p udp --dport 8301`",
    ),
    one(
        "a node whose udp is closed, by what all others tell of it and it of them",
        clusterOf({
            s1: { signs: [sign("udp-lost", "c1")] },
            s2: { signs: [sign("udp-lost", "c1")] },
            c1: { signs: [sign("udp-lost", "s1"), sign("udp-lost", "s2")] },
        }),
        "udp-lost c1",
        "and s1 and s2 reach each other at 8301 by tcp, and not by udp",
        "Publish 8301/udp as 8301, and let it through in both directions.",
    ),
    one(
        "a server that is not reached by udp at either port, beside a probe that was lost by chance",
        clusterOf({
            s1: { signs: [sign("udp-lost", "s2"), sign("udp-lost", "s3")] },
            s2: { signs: [sign("udp-lost", "s3", ".dc1")] },
            s3: {
                signs: [sign("udp-lost", "s1"), sign("udp-lost", "s2")],
                machine: { engineVersion: "19.03.12" },
            },
        }),
        "udp-lost s3",
        "and s1 and s2 reach each other at 8301 and 8302 by tcp, and not by udp",
        "`sudo conntrack -D -p udp --dport 8301` and `sudo conntrack -D -p udp --dport 8302` on its",
    ),
    one(
        "a first election that waits for one more server",
        clusterOf({ s1: waiting(3, 2), s2: waiting(undefined, 2) }),
        "expect-unmet",
        "waits for 3 servers before it elects its first leader; 2 there: s1 and s2",
        "Start the missing ones",
    ),
    one(
        "servers of which none opens the first election",
        clusterOf({ s1: waiting(undefined, 2), s2: waiting(undefined, 2) }),
        "expect-unmet",
        "none of its servers opens the first election (s1 and s2)",
        "-bootstrap-expect=2",
    ),
    one(
        "servers that wait for different numbers",
        clusterOf({ s1: waiting(2, 2, [2, 3]), s2: waiting(3, 2, [2, 3]) }),
        "expect-differs s1 s2",
        "s1 for 2 and s2 for 3",
        "Give one -bootstrap-expect to all",
    ),
    one(
        "an agent that has joined itself",
        clusterOf({
            s1: { agent: without },
            c1: { self: { joins: ["10.0.0.2", "10.0.0.1"] }, agent: alone("c1", 1) },
        }),
        "joins-itself c1",
        "its join list names 10.0.0.2, and it sees no other agent",
        "Take its own address out of -retry-join",
    ),
    one(
        "an agent whose joins reach nobody",
        clusterOf({ s1: { agent: without }, c1: { agent: alone("c1", 1) } }),
        "join-fails c1",
        "none of those it is to join answers (10.0.0.1)",
        "`nc -vz 10.0.0.1 8301`",
    ),
    one(
        "an agent with another gossip key",
        clusterOf({
            s1: { agent: without, signs: [sign("wrong-key")] },
            c1: { agent: alone("c1", 1), signs: [sign("wrong-key")] },
        }),
        "gossip-key c1",
        "has another gossip key than the rest",
        "`consul keyring -list`",
    ),
    one(
        "an agent of another datacenter",
        clusterOf({
            s1: { agent: both },
            s2: { agent: both },
            c1: { self: { datacenter: "dc2" }, agent: alone("c1", 2) },
        }),
        "other-datacenter c1",
        'is of the datacenter "dc2", and the others of "dc1"',
        "-datacenter=dc1",
    ),
    one(
        "an agent of another datacenter that a whole cluster refuses",
        clusterOf({ s1: { signs: [sign("wrong-datacenter", "c9", "dc2")] }, s2: {} }),
        "other-datacenter c9",
        'is of the datacenter "dc2", and the others of "dc1"',
        "-datacenter=dc1",
    ),
];
