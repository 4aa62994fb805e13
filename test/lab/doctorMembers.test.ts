import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
    examine,
    expectCured,
    inShort,
    startServers,
    untilFound,
    untilOnly,
} from "./support/examine.ts";
import { labImage, noBinary } from "./support/pieces.ts";
import { addressOf, RealAgents, untilLed, untilVoters } from "./support/realAgents.ts";
import { leadTcp } from "./support/tcpOnly.ts";

describe.skipIf(noBinary !== undefined)("doctor, asked about members that are not well", () => {
    let agents: RealAgents;

    beforeAll(async () => {
        agents = await RealAgents.with(labImage);
    });
    afterEach(() => agents.clear());
    afterAll(() => agents.end());

    it("tells a client that advertises an address inside its machine", async () => {
        await startServers(agents, 1);
        await untilLed(1);
        const more = ["-advertise=172.17.0.11"];
        await agents.start({ name: "c1", number: 9, isServer: false, join: [1], more });
        for (const number of [1, 9]) {
            const found = await examine(number);
            expect(inShort(found)).toEqual(["advertised-inside c1"]);
            expect(found[0]?.seen).toContain("advertises 172.17.0.11, an address inside its own");
            expect(found[0]?.why).toContain("s1 would dial 172.17.0.11 in a machine of their own");
            expect(found[0]?.fix).toContain("Run its agent with -advertise=its machine's address");
        }
    });

    it("tells a node that gossip reaches by tcp alone", async () => {
        await startServers(agents, 3);
        await untilVoters(3);
        const end = await leadTcp(addressOf(8), addressOf(9), [8301, 8500]);
        try {
            const more = [`-advertise=${addressOf(8)}`];
            await agents.start({ name: "c1", number: 9, isServer: false, join: [1], more });
            const found = await untilFound(1, "udp-lost");
            expect(inShort(found)).toEqual(["udp-lost c1"]);
            expect(found[0]?.seen).toContain("reach each other at 8301 by tcp, and not by udp");
            expect(found[0]?.fix).toContain("Publish 8301/udp as 8301");
        } finally {
            end();
        }
    });

    it("tells a name that is reserved by the id of lost data", async () => {
        await startServers(agents, 3);
        await untilVoters(3);
        await agents.kill("s3");
        await agents.empty("s3");
        await agents.start({ name: "s3", number: 3, join: [1, 2] });
        const found = await untilOnly(1, "name-reserved s3");
        expect(found[0]?.fix).toContain('{"Node":"s3"}');

        await fetch("http://127.99.0.1:8500/v1/catalog/deregister", {
            method: "PUT",
            body: '{"Node":"s3"}',
        });
        await expectCured(1);
    });

    it("tells two nodes with one id", async () => {
        await startServers(agents, 1);
        const more = ["-node-id=00000000-0000-4000-8000-000000000001"];
        await agents.start({ name: "c1", number: 8, isServer: false, join: [1], more });
        await agents.start({ name: "c2", number: 9, isServer: false, join: [1], more });
        const found = await examine(9);
        expect(inShort(found)).toEqual(["id-shared c1 c2"]);
    });

    it("tells two agents with one name", async () => {
        await startServers(agents, 1);
        await untilLed(1);
        const c1 = { name: "c1", isServer: false, join: [1] };
        await agents.start({ ...c1, number: 8 });
        await agents.start({ ...c1, number: 9, data: "other" });
        const found = await examine(1);
        expect(inShort(found)).toEqual(["name-shared c1"]);
        expect(found[0]?.seen).toContain("127.99.0.8 and 127.99.0.9");
    });

    it("tells a server that is kept out for an address that was another's", async () => {
        await startServers(agents, 3);
        await untilVoters(3);
        await agents.kill("s2", "s3");
        // Each on the other's address, as after a restart of machines that take what comes.
        await agents.start({ name: "s2", number: 3, join: [1] });
        await agents.start({ name: "s3", number: 2, join: [1] });
        const found = await untilFound(1, "address-reused");
        expect(inShort(found).map((text) => text.split(" ")[0])).toEqual(["address-reused"]);
        expect(found[0]?.fix).toContain("Wait 60 to 80 s");
        await expectCured(1);
    });

    it("tells a node that is not alive, and nothing of one that has left", async () => {
        await startServers(agents, 3);
        await agents.start({ name: "c1", number: 8, isServer: false, join: [1] });
        await agents.start({ name: "c2", number: 9, isServer: false, join: [1] });
        await untilVoters(3);
        await fetch("http://127.99.0.9:8500/v1/agent/leave", { method: "PUT" });
        // A node that leaves soon after it came may register once more: another finding.
        await fetch("http://127.99.0.1:8500/v1/catalog/deregister", {
            method: "PUT",
            body: JSON.stringify({ Node: "c2" }),
        });
        await agents.kill("c1");
        const found = await untilFound(1, "not-alive");
        expect(inShort(found)).toEqual(["not-alive c1"]);
        expect(found[0]?.fix).toContain("consul force-leave -prune c1");
    });

    it("tells a node in the catalog that nobody watches over", async () => {
        await startServers(agents, 1);
        await untilLed(1);
        const registered = await fetch("http://127.99.0.1:8500/v1/catalog/register", {
            method: "PUT",
            body: JSON.stringify({ Node: "c3", Address: "127.99.0.7" }),
        });
        expect(registered.ok).toBe(true);
        const found = await examine(1);
        expect(inShort(found)).toEqual(["ghost c3"]);
        expect(found[0]?.fix).toContain('{"Node":"c3"}');
    });
});
