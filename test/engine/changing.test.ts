import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch = { servers: "abc", clients: "xy" };

describe.skipIf(without !== "")(`changing a cluster${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("another image is strictly delete, create, gate, next: one server at a time, on its data", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, image: "2" }));
        const servers = lines.filter((line) => / [abc]-(agent|ready)$/.test(line));
        expect(servers).toEqual(
            ["a", "b", "c"].flatMap((name) => [
                `delete ${name}-agent`,
                `create ${name}-agent`,
                `create ${name}-ready`,
            ]),
        );
        const calls = stack.world.calls.filter(({ what }) => servers.includes(what));
        const after = calls.slice(1).map(({ begun }, index) => begun > (calls[index]?.ended ?? 0));
        expect(after).toEqual(after.map(() => true));
        const clients = calls.at(-1)?.ended ?? Infinity;
        expect(stack.world.call("delete x-agent").begun).toBeGreaterThan(clients);
        expect(stack.world.call("delete y-agent").begun).toBeGreaterThan(clients);
        expect(lines.filter((line) => /-(machine|data)$|store|formation/.test(line))).toEqual([]);
    });

    test("growing to five servers and more clients changes no container that is there", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ servers: "abcde", clients: "xyz" }));
        const added = ["d", "e", "z"].flatMap((name) =>
            ["machine", "data", "image", "agent", "ready"].map((what) => `create ${name}-${what}`),
        );
        // The gates' requests name the other servers, so those are asked again.
        const gates = Array.from("abc").map((name) => `update ${name}-ready`);
        const clientGates = Array.from("xy").map((name) => `update ${name}-ready`);
        expect(lines.toSorted()).toEqual(
            [...added, ...gates, ...clientGates, "create whole"].toSorted(),
        );
        const servers = lines.filter((line) => /^create .-(agent|ready)$/.test(line));
        expect(servers.slice(0, 4)).toEqual([
            "create d-agent",
            "create d-ready",
            "create e-agent",
            "create e-ready",
        ]);
    });

    test("the size at the first forming stays recorded: five servers later, still three", async () => {
        const stack = await formed.fork();
        await stack.up(cluster({ servers: "abcde", clients: "xy", image: "2" }));
        const commands = Array.from("abcde").map((name) => commandOf(stack, name));
        expect(commands.map((flags) => flags.filter((flag) => flag.includes("expect")))).toEqual([
            ["-bootstrap-expect=3"],
            [],
            [],
            [],
            [],
        ]);
    });

    test("a client that is removed touches nobody else", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, clients: "y" }));
        expect(lines).toEqual(["create whole", "delete x-machine"]);
    });

    test("destroying asks no engine: machines take along what is on them, the store closes last", async () => {
        const stack = await formed.fork();
        const lines = await stack.destroy();
        expect(lines.slice(0, -1).toSorted()).toEqual(
            Array.from("abcxy").map((name) => `delete ${name}-machine`),
        );
        expect(lines.at(-1)).toBe("delete store");
        const hosts = stack.world.calls.map(({ host }) => host);
        expect(hosts.filter((host) => host !== "local")).toEqual([]);
        expect(await stack.urns()).toEqual([]);
    });

    test("destroying works with a machine that is gone", async () => {
        const stack = await formed.fork();
        stack.world.engines.clear();
        expect(await stack.destroy()).toHaveLength(6);
    });
});

function commandOf(stack: EngineStack, name: string): string[] {
    return stack.world.call(`create ${name}-agent`).inputs.command as string[];
}
