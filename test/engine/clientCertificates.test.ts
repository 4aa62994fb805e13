import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";
import { hushed } from "./support/fakeCommand.ts";

const sketch: Sketch = { servers: "abc", clients: "x", security: "full", registrator: "x" };
const demanding: Sketch = { ...sketch, tls: { minVersion: "1.3", clientCertificates: true } };

describe.skipIf(without !== "")(`a cluster that demands certificates${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("comes to that one container after another, with the scripts' certificate written before", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster(demanding));
        const node = (name: string) => [
            `update ${name}-files`,
            `delete ${name}-agent`,
            `create ${name}-agent`,
            `create ${name}-ready`,
        ];
        const order = [
            "update access",
            ...Array.from("abc").flatMap((name) => [
                `update ${name}-agent-clearance`,
                ...node(name),
            ]),
            ...node("x"),
            "delete watch-container",
            "create watch-container",
        ];
        expect(lines.filter((line) => order.includes(line))).toEqual(order);
        expect(lines).toContain("create client");
        const calls = order.map((what) => stack.world.call(what));
        const wrong = calls.filter(
            ({ begun }, index) => index > 0 && begun < (calls[index - 1]?.ended ?? 0),
        );
        expect(wrong.map(({ what }) => what)).toEqual([]);

        const { changes } = await stack.steps(cluster(demanding));
        expect(changes).toEqual([]);
        expect(stack.checkpoint().includes(hushed)).toBe(false);
    });

    test("has another one for another CA, and registrator's container replaced for it, at the end", async () => {
        const stack = await formed.fork();
        await stack.up(cluster(demanding));
        const lines = await stack.up(cluster({ ...demanding, rotate: { ca: 2 } }));
        expect(lines).toContain("update client");
        const containers = lines.filter((line) => /-(agent|container)$/.test(line));
        expect(containers).toEqual(["delete watch-container", "create watch-container"]);
        const replaced = stack.world.call("delete watch-container").begun;
        expect(stack.world.call("update x-files").ended).toBeLessThan(replaced);
    });
});
