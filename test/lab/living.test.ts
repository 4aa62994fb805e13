import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restoreSnapshot } from "../../scripts/consul/snapshot.ts";
import { snapshotsIn } from "../../scripts/consul/snapshot.ts";
import { agentAt, fetchAt } from "./support/access.ts";
import { get, servers, untilWhole } from "./support/cluster.ts";
import { containerIds, onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { lostWrites, OutsideClient } from "./support/outsideClient.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-living";

describe.skipIf(missing !== undefined)("a cluster that lives on", () => {
    const stack = new LabStack(name);
    const three = ["server-1", "server-2", "server-3"];
    let outputs: Outputs;
    let retention = 60;

    /** Settings of so many servers, as they are. */
    const same = (count: number, more: Readonly<Record<string, unknown>> = {}) => {
        const telemetry = { prometheus_retention_time: `${retention}s` };
        return { servers: count, agentConfig: { telemetry, ...more } };
    };

    /** Settings that replace every container of the servers, for each call another one. */
    const another = (count: number) => {
        retention += 1;
        return same(count);
    };

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("changes every server without an outside client losing it or a write", async () => {
        const before = await servers(outputs);
        const addresses = Object.values(outputs.nodes).map((node) => node.httpAddress);
        const client = new OutsideClient(addresses);
        stack.configure(another(3));
        const output = await stack.up();
        const seen = await client.stop();
        const after = await servers(outputs);
        expect(output.match(/-agent created replacement/g)).toHaveLength(3);
        expect(after.map(({ ID }) => ID)).toEqual(before.map(({ ID }) => ID));
        expect(seen.acknowledged.length).toBeGreaterThan(20);
        expect(await lostWrites(outputs.httpAddress, seen.acknowledged)).toEqual([]);
        expect(seen.fewestAnswering).toBeGreaterThanOrEqual(2);
        expect(seen.longestGap).toBeLessThan(1500);
        expect(await snapshotsIn(stack.snapshots)).toHaveLength(3);
    });

    it("changes, without a restart, the settings that running agents can reload, and changes them back", async () => {
        const before = await containerIds(name, three);
        const settled = await snapshotsIn(stack.snapshots);
        const levels = async () => {
            const answers = Object.values(outputs.nodes).map(async ({ httpAddress }) => {
                const answer = await fetchAt(`${httpAddress}/v1/agent/self`);
                const said = (await answer.json()) as {
                    DebugConfig: { Logging: { LogLevel: string }; NodeMeta: object };
                };
                return [said.DebugConfig.Logging.LogLevel, said.DebugConfig.NodeMeta];
            });
            return Promise.all(answers);
        };
        stack.configure(same(3, { log_level: "WARN", node_meta: { rack: "r1" } }));
        await stack.up();
        expect(await levels()).toEqual(three.map(() => ["WARN", { rack: "r1" }]));
        stack.configure(same(3));
        await stack.up();
        expect(await levels()).toEqual(three.map(() => ["INFO", {}]));
        expect(await containerIds(name, three)).toEqual(before);
        expect(await snapshotsIn(stack.snapshots)).toEqual(settled);
        await stack.up("--expect-no-changes");
    });

    it("restores the keys of a snapshot that it took itself", async () => {
        const file = (await snapshotsIn(stack.snapshots)).at(-1) ?? "";
        await fetchAt(`${outputs.httpAddress}/v1/kv/outside?recurse`, { method: "DELETE" });
        expect(await get(outputs.httpAddress, "outside/1")).not.toBe("outside/1");
        const server = outputs.nodes["server-3"]?.httpAddress ?? "";
        await restoreSnapshot(agentAt(server), file);
        expect(await get(outputs.httpAddress, "outside/1")).toBe("outside/1");
    });

    it("refuses a change that would cost it its quorum, and touches nothing", async () => {
        await onMachine(name, "server-2", "docker", "stop", "consul");
        const { agent, leader } = await untilSeenDown("server-2");
        // Left alone, autopilot drops a failed server from the count in 8 to 18 s, and the guard
        // would see a cluster of two that has nothing to lose.
        await new Promise((over) => setTimeout(over, 25_000));
        expect(leader).not.toBe("");
        const before = await containerIds(name, three);
        stack.configure(another(3));
        const refused = await stack.run(stack.upWords());
        expect(refused.exitCode).not.toBe(0);
        expect(refused.output).toContain(`${agent}: without it 1 of 3 voters would be healthy`);
        expect(refused.output).toContain("not healthy now: server-2. Nothing was touched.");
        expect(await containerIds(name, three)).toEqual(before);
        await onMachine(name, "server-2", "docker", "start", "consul");
        await untilWhole(outputs);
        await stack.up();
    });

    it("grows to five servers without replacing one that was there", async () => {
        const before = await containerIds(name, three);
        stack.configure(same(5));
        await stack.up();
        outputs = await stack.outputs();
        expect((await servers(outputs)).map(({ Name, Voter }) => [Name, Voter])).toEqual(
            [1, 2, 3, 4, 5].map((number) => [`server-${number}`, true]),
        );
        expect(await containerIds(name, three)).toEqual(before);
    });

    it("shrinks to three, the leader among those that leave, and loses nothing else", async () => {
        const before = await containerIds(name, three);
        await lead("server-5");
        const addresses = three.map((node) => outputs.nodes[node]?.httpAddress ?? "");
        const client = new OutsideClient(addresses);
        stack.configure(same(3));
        await stack.up();
        const seen = await client.stop();
        outputs = await stack.outputs();
        const api = agentAt(outputs.httpAddress);
        expect((await api.raftPeers()).map(({ Node }) => Node).sort()).toEqual(three);
        expect((await api.members()).map(({ Name }) => Name).sort()).toEqual(three);
        expect(await api.registeredId("server-5")).toBeUndefined();
        expect(await lostWrites(outputs.httpAddress, seen.acknowledged)).toEqual([]);
        expect(await containerIds(name, three)).toEqual(before);
        await stack.up("--expect-no-changes");
    });

    /** Waits until the leader sees a server as failed; names the first one that a change touches. */
    async function untilSeenDown(down: string): Promise<{ agent: string; leader: string }> {
        const api = agentAt(outputs.httpAddress);
        for (let waited = 0; waited < 60; waited += 1) {
            // Where it led, no server answers until another one leads.
            const { Servers } = await api.health().catch(() => ({ Servers: [] }));
            const found = Servers.find(({ Name }) => Name === down);
            if (found?.Healthy === false && found.Voter) {
                return { agent: "server-1", leader: await api.leader() };
            }
            await new Promise((again) => setTimeout(again, 250));
        }
        throw new Error(`${down} is still healthy in the leader's eyes`);
    }

    /** Hands leadership on until this server has it. */
    async function lead(node: string): Promise<void> {
        const api = agentAt(outputs.nodes[node]?.httpAddress ?? "");
        const id = (await servers(outputs)).find(({ Name }) => Name === node)?.ID ?? "";
        const address = `${outputs.httpAddress}/v1/operator/raft/transfer-leader?id=${id}`;
        await fetchAt(address, { method: "POST" });
        const raft = `${outputs.nodes[node]?.address ?? ""}:8300`;
        for (let waited = 0; (await api.leader()) !== raft; waited += 1) {
            expect(waited).toBeLessThan(50);
            await new Promise((again) => setTimeout(again, 100));
        }
    }
});
