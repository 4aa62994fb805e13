import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch: Sketch = { servers: "abc", clients: "x", security: "full" };
const moved: Sketch = { ...sketch, ports: { ports: { https: 9443 } } };

describe.skipIf(without !== "")(`ports of a cluster that runs${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("another number for the API is a rolling change, and the way back is one", async () => {
        const stack = await formed.fork();
        for (const program of [cluster(moved), cluster(sketch)]) {
            const lines = await stack.up(program);
            const servers = lines.filter((line) => / [abc]-(agent|ready|.*clearance)$/.test(line));
            expect(servers).toEqual(
                ["a", "b", "c"].flatMap((name) => [
                    `update ${name}-agent-clearance`,
                    `delete ${name}-agent`,
                    `create ${name}-agent`,
                    `create ${name}-ready`,
                ]),
            );
            const clients = stack.world.call("delete x-agent").begun;
            expect(clients).toBeGreaterThan(stack.world.call("create c-ready").ended);
            const kept = /-(machine|data|config)$|store|formation|seed|-ca$/;
            expect(lines.filter((line) => kept.test(line))).toEqual([]);
            expect(await stack.up(program)).toEqual([]);
        }
    });

    test("each gate asks for the port that is declared, of its own agent and of the others", async () => {
        const stack = await formed.fork();
        await stack.up(cluster(moved));
        const asked: unknown = JSON.parse(String(stack.world.call("create b-ready").inputs.stdin));
        expect(asked).toMatchObject({
            httpAddress: "https://10.0.0.98:9443",
            servers: { a: "https://10.0.0.97:9443", c: "https://10.0.0.99:9443" },
        });
        const { ports } = stack.world.call("create b-agent").inputs;
        expect(ports).toContainEqual({
            internal: 8501,
            external: 9443,
            ip: "10.0.0.98",
            protocol: "tcp",
        });
    });

    test("a change that is broken off goes on, and does no server twice", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("create b-ready", "b: its agent does not answer");
        const { lines: begun } = await stack.failingUp(cluster(moved));
        expect(begun.filter((line) => /^create .-agent$/.test(line))).toEqual([
            "create a-agent",
            "create b-agent",
        ]);
        const lines = await stack.up(cluster(moved));
        expect(lines.filter((line) => /^(delete|create) .-agent$/.test(line))).toEqual([
            "delete c-agent",
            "create c-agent",
            "delete x-agent",
            "create x-agent",
        ]);
        expect(await stack.up(cluster(moved))).toEqual([]);
    });

    test("an extra port and DNS at 53 replace containers, and nothing at a second up", async () => {
        // Without a client: the files of one whose container alone is made anew are written by the script itself.
        const servers: Sketch = { servers: "abc", security: "full" };
        const stack = await EngineStack.create();
        await stack.up(cluster(servers));
        const program = cluster({
            ...servers,
            ports: { dnsOnAddress: true, publish: [{ port: 9102, purpose: "metrics" }] },
        });
        const lines = await stack.up(program);
        expect(lines.filter((line) => /^create .-agent$/.test(line))).toHaveLength(3);
        expect(await stack.up(program)).toEqual([]);
        stack.dispose();
    });
});
