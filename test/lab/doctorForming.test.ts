import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { examine, expectCured, inShort, startServers } from "./support/examine.ts";
import { labImage, noBinary } from "./support/pieces.ts";
import { RealAgents, untilLed, untilVoters } from "./support/realAgents.ts";

describe.skipIf(noBinary !== undefined)(
    "doctor, asked about agents that do not come together",
    () => {
        let agents: RealAgents;

        beforeAll(async () => {
            agents = await RealAgents.with(labImage);
        });
        afterEach(() => agents.clear());
        afterAll(() => agents.end());

        it("finds nothing wrong with three servers and a client", async () => {
            await startServers(agents, 3);
            await agents.start({ name: "c1", number: 9, isServer: false, join: [1, 2, 3] });
            await untilLed(9);
            await untilVoters(3);
            expect(await examine(9)).toEqual([]);
        });

        it("tells a first election that waits for servers that are not there", async () => {
            const more = ["-bootstrap-expect=3"];
            await agents.start({ name: "s1", number: 1, more });
            await agents.start({ name: "s2", number: 2, join: [1], more });
            const found = await examine(1);
            expect(inShort(found)).toEqual(["expect-unmet"]);
            expect(found[0]?.seen).toContain("waits for 3 servers");
            expect(found[0]?.seen).toMatch(/2 there: s[12] and s[12]/);
            expect(found[0]?.fix).toContain("Start the missing ones");

            await agents.start({ name: "s3", number: 3, join: [1], more });
            await expectCured(1);
        });

        it("tells servers of which none opens the first election", async () => {
            await agents.start({ name: "s1", number: 1 });
            await agents.start({ name: "s2", number: 2, join: [1] });
            const found = await examine(1);
            expect(inShort(found)).toEqual(["expect-unmet"]);
            expect(found[0]?.fix).toBe("Start one of them with -bootstrap-expect=2: their number.");
        });

        it("tells servers that wait for different numbers", async () => {
            await agents.start({ name: "s1", number: 1, more: ["-bootstrap-expect=2"] });
            await agents.start({ name: "s2", number: 2, join: [1], more: ["-bootstrap-expect=3"] });
            const found = await examine(1);
            expect(inShort(found)).toEqual(["expect-differs s1 s2"]);
            expect(found[0]?.seen).toContain("s1 for 2 and s2 for 3");
            expect(found[0]?.fix).toContain("Give one -bootstrap-expect to all of them");
        });

        it("tells an agent that joins itself", async () => {
            const more = ["-bootstrap-expect=2"];
            // The other one comes up later, when this one no longer asks.
            await agents.start({ name: "s2", number: 2, join: [2, 1], more });
            await agents.start({ name: "s1", number: 1, more });
            const found = await examine(2);
            expect(inShort(found)).toEqual(["joins-itself s2"]);
            expect(found[0]?.seen).toContain("127.99.0.2");
            expect(found[0]?.fix).toContain("Take its own address out of -retry-join");
        });

        it("tells an agent whose joins reach nobody", async () => {
            await agents.start({ name: "c1", number: 9, isServer: false, join: [7] });
            const found = await examine(9);
            expect(inShort(found)).toEqual(["join-fails c1"]);
            expect(found[0]?.seen).toContain("127.99.0.7");
            expect(found[0]?.fix).toContain("`nc -vz 127.99.0.7 8301`");

            await agents.start({ name: "s7", number: 7, more: ["-bootstrap-expect=1"] });
            await expectCured(9);
        });

        it("tells an agent with another gossip key", async () => {
            const key = (letter: string) => Buffer.alloc(32, letter).toString("base64");
            await startServers(agents, 1, [`-encrypt=${key("a")}`]);
            await untilLed(1);
            const more = [`-encrypt=${key("b")}`];
            await agents.start({ name: "c1", number: 9, isServer: false, join: [1], more });
            const found = await examine(9);
            expect(inShort(found)).toEqual(["gossip-key c1"]);
            expect(found[0]?.fix).toContain("Give it the cluster's key");
        });

        it("tells an agent that has a key, where the others have none", async () => {
            await startServers(agents, 1);
            await untilLed(1);
            const more = [`-encrypt=${Buffer.alloc(32, "b").toString("base64")}`];
            await agents.start({ name: "c1", number: 9, isServer: false, join: [1], more });
            expect(inShort(await examine(9))).toEqual(["gossip-key c1"]);
        });

        it("tells an agent of another datacenter", async () => {
            await startServers(agents, 1);
            await untilLed(1);
            const more = ["-datacenter=dc2"];
            await agents.start({ name: "c1", number: 9, isServer: false, join: [1], more });
            const found = await examine(9);
            expect(inShort(found)).toEqual(["other-datacenter c1"]);
            expect(found[0]?.seen).toContain("dc2");
        });
    },
);
