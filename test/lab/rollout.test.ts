import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AgentWatcher } from "./support/agentWatcher.ts";
import { servers, untilWhole } from "./support/cluster.ts";
import { containerIds, onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

/** Settings of which each number replaces the containers of all that they are for. */
const another = (seconds: number) => ({ telemetry: { prometheus_retention_time: `${seconds}s` } });

describe.skipIf(missing !== undefined)("five clients, two at a time", () => {
    const name = "lab-rollout";
    const clients = [1, 2, 3, 4, 5].map((number) => `client-${number}`);
    const stack = new LabStack(name);
    let outputs: Outputs;

    const settings = (seconds: number, rollout: object = {}) => ({
        servers: 1,
        clients: 5,
        clientConfig: another(seconds),
        rollout: { clientsAtOnce: 2, ...rollout },
    });

    const watch = () =>
        new AgentWatcher(
            Object.fromEntries(
                clients.map((client) => [client, outputs.nodes[client]?.httpAddress ?? ""]),
            ),
        );

    const ids = () => containerIds(name, clients);

    beforeAll(async () => {
        await stack.init();
        stack.configure(settings(61));
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("never are more than two away at once, as seen from outside", async () => {
        const before = await ids();
        const server = await containerIds(name, ["server-1"]);
        const watcher = watch();
        stack.configure(settings(62));
        await stack.up();
        const { mostAway, missed, rounds } = await watcher.stop();
        const after = await ids();
        expect(clients.filter((client) => after[client] === before[client])).toEqual([]);
        expect([...missed].sort()).toEqual(clients);
        expect(mostAway).toBeLessThanOrEqual(2);
        expect(rounds).toBeGreaterThan(20);
        expect(await containerIds(name, ["server-1"])).toEqual(server);
        await stack.up("--expect-no-changes");
    });

    it("a client that does not come back stops the change behind its group, and the next `up` heals it", async () => {
        const before = await ids();
        // Nothing of that host reaches the server any more: its agent starts, and is known to nobody.
        const cut = (flag: "-I" | "-D") =>
            onMachine(
                name,
                "client-2",
                "iptables",
                flag,
                "FORWARD",
                "-d",
                serverAddress(),
                "-j",
                "DROP",
            );
        await cut("-I");
        const watcher = watch();
        stack.configure(settings(63));
        const { exitCode, output } = await stack.run(stack.upWords());
        const failed = await watcher.stop();
        expect(exitCode).not.toBe(0);
        expect(output).toContain("client-2");
        const midway = await ids();
        const rest = ["client-3", "client-4", "client-5"];
        expect(rest.map((client) => midway[client])).toEqual(rest.map((client) => before[client]));
        expect(failed.missed.filter((client) => rest.includes(client))).toEqual([]);

        await cut("-D");
        const healing = watch();
        await stack.up();
        expect((await healing.stop()).mostAway).toBeLessThanOrEqual(2);
        const after = await ids();
        expect(rest.filter((client) => after[client] === before[client])).toEqual([]);
        await stack.up("--expect-no-changes");
    });

    it("the canary changes before the others, which stay as they are if it is as far as a change goes", async () => {
        const before = await ids();
        stack.configure(settings(64, { canary: "client-4", pauseBefore: "client-1" }));
        const output = await stack.up();
        expect(output).toContain("Paused before client-1");
        const after = await ids();
        expect(clients.filter((client) => after[client] !== before[client])).toEqual(["client-4"]);
        stack.configure(settings(64));
        await stack.up();
        expect(await ids()).toHaveProperty("client-4", after["client-4"]);
        await stack.up("--expect-no-changes");
    });

    const serverAddress = () => outputs.nodes["server-1"]?.address ?? "";
});

describe.skipIf(missing !== undefined)("a change that stops before server-2", () => {
    const name = "lab-paused";
    const nodes = ["server-1", "server-2", "server-3", "client-1"];
    const stack = new LabStack(name);
    let outputs: Outputs;

    const settings = (seconds: number, rollout: object = {}) => ({
        servers: 3,
        clients: 1,
        agentConfig: another(seconds),
        rollout,
    });

    beforeAll(async () => {
        await stack.init();
        stack.configure(settings(61));
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("changes server-1, keeps the others in this and any further run, and goes on where it stopped", async () => {
        const before = await containerIds(name, nodes);
        const paused = { pauseBefore: "server-2" };
        stack.configure(settings(62, paused));
        const output = await stack.up();
        expect(output).toContain(
            "Paused before server-2 (rollout.pauseBefore): server-2, server-3, client-1 stay as they are; to change later:",
        );
        await untilWhole(outputs);
        const midway = await containerIds(name, nodes);
        expect(nodes.filter((node) => midway[node] !== before[node])).toEqual(["server-1"]);
        await stack.up("--refresh", "--expect-no-changes");

        stack.configure(settings(62, { pauseBefore: ["client-1"] }));
        await stack.up();
        const next = await containerIds(name, nodes);
        expect(nodes.filter((node) => next[node] !== midway[node])).toEqual([
            "server-2",
            "server-3",
        ]);

        stack.configure(settings(62));
        await stack.up();
        const last = await containerIds(name, nodes);
        expect(nodes.filter((node) => last[node] !== next[node])).toEqual(["client-1"]);
        expect((await servers(outputs)).map(({ Voter, Healthy }) => Voter && Healthy)).toEqual([
            true,
            true,
            true,
        ]);
        await stack.up("--expect-no-changes");
    });

    it("lets a rotation of secrets wait for those that stay as they are, and ends it with them", async () => {
        const gossip = { security: "full", rotate: { gossip: 2 } };
        stack.configure({ ...settings(62, { pauseBefore: "server-2" }), ...gossip });
        await stack.up();
        await untilWhole(outputs);
        stack.configure({ ...settings(62), ...gossip });
        await stack.up();
        await untilWhole(outputs);
        await stack.up("--expect-no-changes");
    });
});
