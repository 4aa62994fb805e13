import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch = { servers: "abc", clients: "x" };
const engine = { mirrors: ["https://mirror.example"] };
const letters = Array.from("abcx");

describe.skipIf(without !== "")(`engines of a cluster that runs${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("are told something one after another, servers first, and no container is touched", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, engine }));

        expect(lines.toSorted()).toEqual(
            letters
                .flatMap((name) => [`create ${name}-engine`, `update ${name}-machine`])
                .toSorted(),
        );
        const told = lines.filter((line) => line.endsWith("-engine"));
        expect(told).toEqual(letters.map((name) => `create ${name}-engine`));
        const calls = told.map((line) => stack.world.call(line));
        const after = calls.slice(1).map(({ begun }, index) => begun > (calls[index]?.ended ?? 0));
        expect(after).toEqual(after.map(() => true));
        expect(await stack.up(cluster({ ...sketch, engine }))).toEqual([]);
    });

    test("with another image: each server is told, changed and back before the next", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, engine, image: "2" }));

        const ofServers = lines.filter((line) => /(engine|image|agent|ready) ?$/.test(line));
        const order = (name: string) =>
            [`create ${name}-engine`, `create ${name}-agent`, `create ${name}-ready`].map((line) =>
                ofServers.indexOf(line),
            );
        const all = Array.from("abc").flatMap(order);
        expect(all).not.toContain(-1);
        expect(all).toEqual(all.toSorted((a, b) => a - b));
    });

    test("that cannot be told it end the run at the first, and the next run goes on there", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("create b-engine", "its daemon would not start with them");
        const { lines: first, output } = await stack.failingUp(cluster({ ...sketch, engine }));
        const engines = (lines: readonly string[]) =>
            lines.filter((line) => line.includes("-engine"));
        expect(engines(first)).toEqual(["create a-engine", "create b-engine FAILED"]);
        expect(output).toContain("its daemon would not start with them");
        expect(engines(await stack.up(cluster({ ...sketch, engine })))).toEqual([
            "create b-engine",
            "create c-engine",
            "create x-engine",
        ]);
    });

    test("get back what they had where nothing is stated any more", async () => {
        const stack = await formed.fork();
        await stack.up(cluster({ ...sketch, engine }));
        const lines = await stack.up(cluster(sketch));

        expect(lines.toSorted()).toEqual(
            letters
                .flatMap((name) => [`delete ${name}-engine`, `update ${name}-machine`])
                .toSorted(),
        );
        expect(stack.world.call("delete a-engine").inputs.delete).toBe("engine reset");
    });

    test("are not asked for anything when the stack is destroyed", async () => {
        const stack = await formed.fork();
        await stack.up(cluster({ ...sketch, engine }));
        const lines = await stack.destroy();

        expect(lines.filter((line) => line.endsWith("-engine"))).toEqual([]);
    });
});
