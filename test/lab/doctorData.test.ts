import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { get, put } from "./support/cluster.ts";
import { examine, inShort, startServers, untilFound } from "./support/examine.ts";
import { labImage, noBinary } from "./support/pieces.ts";
import { httpOf, RealAgents, until, untilLed, untilVoters } from "./support/realAgents.ts";

describe.skipIf(noBinary !== undefined)("doctor, asked about quorum and data", () => {
    let agents: RealAgents;

    beforeAll(async () => {
        agents = await RealAgents.with(labImage);
    });
    afterEach(() => agents.clear());
    afterAll(() => agents.end());

    it("tells a quorum that is lost, and who is gone", async () => {
        await startServers(agents, 3);
        await untilVoters(3);
        await agents.kill("s2", "s3");
        await until(async () => (await leader(1)) === "", { what: "no leader" });
        const found = await untilFound(1, "quorum-lost");
        expect(inShort(found)).toEqual(["quorum-lost"]);
        expect(found[0]?.seen).toMatch(/of 3 voters 2 must be there; gone: s[23] and s[23]$/);
        expect(found[0]?.fix).toContain("consul snapshot save -stale");
    });

    it("tells a cluster that an empty server has taken over", async () => {
        await startServers(agents, 3);
        await untilVoters(3);
        for (let count = 0; count < 20; count += 1) {
            expect(await put(httpOf(1), `kept/${count}`, "a user's")).toBe(true);
        }
        // Led so often alone that its term is higher than theirs: so it wins for certain.
        const alone = { name: "s4", number: 4, more: ["-bootstrap-expect=1"] };
        for (let time = 0; time < 6; time += 1) {
            await agents.start(alone);
            await untilLed(4);
            await agents.kill("s4");
        }
        await agents.start({ ...alone, join: [1] });
        await until(async () => (await get(httpOf(1), "kept/1")) === undefined, {
            what: "the loss",
            seconds: 60,
        });
        const found = await untilFound(1, "taken-over");
        expect(inShort(found)).toEqual(["taken-over s4"]);
        expect(found[0]?.why).toContain("s4, started empty");
        expect(found[0]?.fix).toContain("`npm run restore`");
        // What the fix says of the others: they still hold it.
        const held = await fetch(`${httpOf(2)}/v1/kv/kept/1?stale&raw`);
        expect(await held.text()).toBe("a user's");
    });

    it("tells a server that would elect itself, before it does harm", async () => {
        await startServers(agents, 1);
        await untilLed(1);
        await agents.start({ name: "s2", number: 2, join: [1] });
        await agents.start({ name: "s3", number: 3, join: [1] });
        await untilVoters(3);
        const found = await examine(2);
        expect(inShort(found)).toEqual(["bootstraps-alone s1"]);
        expect(found[0]?.fix).toContain("Start it without that flag");
    });

    it("tells a server that holds the data of an earlier cluster", async () => {
        await startServers(agents, 3);
        await untilVoters(3);
        expect(await put(httpOf(1), "whose", "the earlier cluster's")).toBe(true);
        await agents.kill("s1", "s2", "s3");
        await agents.empty("s1");
        await agents.empty("s2");
        await startServers(agents, 2);
        await agents.start({ name: "s4", number: 4, join: [1, 2] });
        await untilVoters(3);
        for (let count = 0; count < 60; count += 1) {
            expect(await put(httpOf(1), `later/${count}`, "the later cluster's")).toBe(true);
        }
        await agents.start({ name: "s3", number: 3, join: [1, 2] });
        await untilVoters(4);
        const found = await examine(1);
        expect(inShort(found)).toEqual(["data-differ s3"]);
        expect(found[0]?.seen).toContain("whose");
        expect(found[0]?.fix).toContain("empty its data folder or volume");
    });

    async function leader(number: number): Promise<string> {
        const response = await fetch(`${httpOf(number)}/v1/status/leader`);
        return (await response.json()) as string;
    }
});
