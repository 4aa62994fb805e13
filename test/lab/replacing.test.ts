import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentAt } from "./support/access.ts";
import { servers } from "./support/cluster.ts";
import { containerIds } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { lostWrites, OutsideClient } from "./support/outsideClient.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-replacing";

describe.skipIf(missing !== undefined)(
    "a cluster whose clients and machines are others in the end",
    () => {
        const stack = new LabStack(name);
        const three = ["server-1", "server-2", "server-3"];
        let outputs: Outputs;

        beforeAll(async () => {
            await stack.init();
            stack.configure({ servers: 3 });
            await stack.up();
            outputs = await stack.outputs();
        });

        afterAll(async () => {
            await stack.end();
        });

        it("adds ten clients, removes eight, and touches no server for it", async () => {
            const before = await containerIds(name, three);
            const clients = (count: number) =>
                Array.from({ length: count }, (_, index) => `client-${index + 1}`);
            for (const count of [10, 2]) {
                stack.configure({ servers: 3, clients: count });
                await stack.up();
                const members = await agentAt(outputs.httpAddress).members();
                const alive = members.filter(({ Status }) => Status === 1).map(({ Name }) => Name);
                expect(members).toHaveLength(alive.length);
                expect(alive.sort()).toEqual([...clients(count), ...three].sort());
            }
            const api = agentAt(outputs.httpAddress);
            const ids = await Promise.all(clients(10).map((client) => api.registeredId(client)));
            expect(ids.map((id) => id !== undefined)).toEqual(ids.map((_, index) => index < 2));
            expect(await containerIds(name, three)).toEqual(before);
            stack.configure({ servers: 3 });
            await stack.up();
        });

        it("replaces every machine in one run, one after another, and keeps the data", async () => {
            const before = await servers(outputs);
            const client = new OutsideClient(
                Object.values(outputs.nodes).map((n) => n.httpAddress),
            );
            await stack.up("--replace", "**Command::consul-server-*-machine");
            const seen = await client.stop();
            const after = await servers(outputs);
            expect(after.map(({ Name, Voter }) => [Name, Voter])).toEqual(
                three.map((node) => [node, true]),
            );
            const ids = new Set(before.map(({ ID }) => ID));
            expect(after.filter(({ ID }) => ids.has(ID))).toEqual([]);
            expect(seen.acknowledged.length).toBeGreaterThan(20);
            expect(await lostWrites(outputs.httpAddress, seen.acknowledged)).toEqual([]);
            expect(seen.fewestAnswering).toBeGreaterThanOrEqual(2);
            const members = await agentAt(outputs.httpAddress).members();
            expect(members.map(({ Name }) => Name).sort()).toEqual(three);
            await stack.up("--expect-no-changes");
        });
    },
);
