import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const open: Sketch = { servers: "abc", clients: "x" };
const full: Sketch = { ...open, security: "full" };

describe.skipIf(without !== "")(`a cluster that is secured while it runs${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(open));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("is recorded as secured, prepared as a whole, and then replaced one server at a time", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster(full));
        const order = [
            "update formation",
            "create access",
            ...Array.from("abc").flatMap((name) => [
                `update ${name}-agent-clearance`,
                `create ${name}-files`,
                `delete ${name}-agent`,
                `create ${name}-agent`,
                `create ${name}-ready`,
            ]),
            "create grant",
            "create x-files",
            "delete x-agent",
            "create x-agent",
            "create x-ready",
            "create cluster-ready",
            "create settle",
        ];
        expect(lines.filter((line) => order.includes(line))).toEqual(order);
        const calls = order.map((what) => stack.world.call(what));
        const wrong = calls.filter(
            ({ begun }, index) => index > 0 && begun < (calls[index - 1]?.ended ?? 0),
        );
        expect(wrong.map(({ what }) => what)).toEqual([]);
        // Data and machines are not touched.
        expect(lines.filter((line) => /-(data|machine)$/.test(line))).toEqual([]);

        const { changes } = await stack.steps(cluster(full));
        expect(changes).toEqual([]);
    });

    test("goes on where it failed, and is never made open again", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("create b-files", "b: no luck");
        await stack.failingUp(cluster(full));
        await expect(stack.steps(cluster(open))).rejects.toThrow(
            "this cluster is secured, or on its way to that",
        );

        const lines = await stack.up(cluster(full));
        // What was done is not done again.
        expect(lines.filter((line) => /formation|access|a-(files|agent)/.test(line))).toEqual([]);
        expect(lines).toContain("create settle");
    });

    test("is not secured because nothing is said of it", async () => {
        const stack = await formed.fork();
        await expect(stack.steps(cluster({ ...open, isUnstated: true }))).rejects.toThrow(
            "security: this cluster was made open, and it is not said",
        );
        const { changes } = await stack.steps(cluster(open));
        expect(changes).toEqual([]);
    });
});
