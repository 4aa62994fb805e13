import { describe, expect, it } from "vitest";
import {
    allHold,
    report,
    stackChecks,
    toolChecks,
    type NodeFacts,
} from "../../../tasks/doctor/checks.ts";
import { inSubnet } from "../../../tasks/doctor/subnet.ts";

const repair = "`npm start` repairs what is stopped; it harms nothing that runs.";

/** A server as it should be, with what a test breaks in it. */
function server(number: number, broken: Partial<NodeFacts> = {}): NodeFacts {
    const address = `10.0.0.${number}`;
    return {
        name: `server-${number}`,
        role: "server",
        address,
        machine: `dev-server-${number}`,
        engineSilence: undefined,
        isAlive: true,
        isVoter: true,
        isLeader: number === 1,
        advertised: address,
        ...broken,
    };
}

/** The checks that fail for a stack of three servers, one of them broken. */
function failing(broken: Partial<NodeFacts>) {
    const nodes = [server(1), server(2, broken), server(3)];
    return stackChecks({ nodes, silence: undefined }).filter((check) => check.advice !== undefined);
}

describe("stackChecks", () => {
    it("finds nothing wrong with a whole cluster, and looks at everything", () => {
        const client = server(4, { name: "client-1", role: "client", isVoter: false });
        const checks = stackChecks({ nodes: [server(1), client], silence: undefined });
        expect(allHold(checks)).toBe(true);
        expect(checks.map(({ what }) => what)).toEqual([
            "server-1: its machine's Docker Engine answers over TLS",
            "server-1: alive",
            "server-1: voter",
            "server-1: advertises its machine's address 10.0.0.1",
            "client-1: its machine's Docker Engine answers over TLS",
            "client-1: alive",
            "client-1: advertises its machine's address 10.0.0.4",
            "cluster: answers",
            "cluster: one leader, server-1",
        ]);
    });

    it("names the machine whose engine is silent, and why", () => {
        expect(failing({ engineSilence: "no answer within 5 s" })).toEqual([
            {
                what: "server-2: its machine's Docker Engine does not answer over TLS (no answer within 5 s)",
                advice:
                    `See that machine "dev-server-2" runs and is reached from here. ${repair} ` +
                    "A machine that is lost for good is made anew as the docs say under repair.",
            },
        ]);
    });

    it.each([
        [false, "server-2: not alive"],
        [undefined, "server-2: nobody knows whether it is alive"],
    ])("tells a node that is not alive (%s)", (isAlive, what) => {
        expect(failing({ isAlive })).toEqual([
            {
                what,
                advice: `Read its agent's log: \`docker logs\` on its machine. ${repair}`,
            },
        ]);
    });

    it.each([
        [false, "server-2: no voter"],
        [undefined, "server-2: nobody knows whether it is a voter"],
    ])("tells a server that does not vote (%s)", (isVoter, what) => {
        expect(failing({ isVoter })).toEqual([
            {
                what,
                advice:
                    "A server becomes a voter some 10 s after it has joined. If it stays so, " +
                    `look into its agent's log. ${repair}`,
            },
        ]);
    });

    it.each([
        [
            "172.17.0.2",
            'server-2: advertises "172.17.0.2", which only its own machine reaches; expected 10.0.0.2',
        ],
        ["10.0.0.9", 'server-2: advertises "10.0.0.9"; expected "10.0.0.2"'],
        [undefined, 'server-2: advertises no address; expected "10.0.0.2"'],
    ])("tells a node that others are told to reach at %s", (advertised, what) => {
        expect(failing({ advertised })).toEqual([
            { what, advice: `Its agent must run with -advertise=10.0.0.2. ${repair}` },
        ]);
    });

    it("tells a cluster without a leader how many servers it needs", () => {
        const nodes = [1, 2, 3, 4, 5].map((number) => server(number, { isLeader: false }));
        expect(stackChecks({ nodes, silence: undefined }).at(-1)).toEqual({
            what: "cluster: no leader",
            advice: `3 of 5 servers must run and reach each other. ${repair}`,
        });
    });

    it("tells two leaders by name", () => {
        const nodes = [server(1), server(2, { isLeader: true })];
        expect(stackChecks({ nodes, silence: undefined }).at(-1)).toEqual({
            what: "cluster: 2 leaders (server-1, server-2); expected one",
            advice: "Look again in a few seconds: an election may be under way.",
        });
    });

    it("tells why nobody answered for the cluster", () => {
        expect(stackChecks({ nodes: [], silence: "10.0.0.1: refused" })[0]).toEqual({
            what: "cluster: does not answer (10.0.0.1: refused)",
            advice: repair,
        });
    });
});

describe("report", () => {
    it("prints one line per check, and what to do below a failed one", () => {
        const checks = toolChecks([
            { name: "Saw", note: "1.0 on PATH" },
            { name: "Nail", note: "none", advice: "Buy nails." },
        ]);
        expect(report(checks)).toBe(
            "  ok    Saw: 1.0 on PATH\n  FAIL  Nail: none\n        Buy nails.",
        );
        expect(allHold(checks)).toBe(false);
    });
});

describe("inSubnet", () => {
    it.each([
        ["172.17.0.1", "172.17.0.0/16", true],
        ["172.17.255.254", "172.17.0.0/16", true],
        ["172.18.0.1", "172.17.0.0/16", false],
        ["10.0.0.1", "172.17.0.0/16", false],
        ["not an address", "172.17.0.0/16", false],
    ])("%s in %s: %s", (address, range, expected) => {
        expect(inSubnet(address, range)).toBe(expected);
    });
});
