import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch = { servers: "abc", clients: "xy" };

/** The store keeps the list of declared machines, to distinguish a removed machine from a replaced one. */
const listed = "update store";

describe.skipIf(without !== "")(`changing a cluster${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("another image is strictly clearance, delete, create, gate, next: one server at a time, on its data", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, image: "2" }));
        const servers = lines.filter((line) => / [abc]-(agent|ready|.*clearance)$/.test(line));
        expect(servers).toEqual(
            ["a", "b", "c"].flatMap((name) => [
                `update ${name}-agent-clearance`,
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
        const untouched = /-(machine|data|member)$|store|formation|teardown/;
        expect(lines.filter((line) => untouched.test(line))).toEqual([]);
        // Each client is tried before its own container is touched.
        for (const name of ["x", "y"]) {
            const tried = stack.world.call(`update ${name}-agent-check`);
            expect(stack.world.call(`delete ${name}-agent`).begun).toBeGreaterThan(tried.ended);
        }
    });

    test("a client that would not start with it keeps its container", async () => {
        const stack = await formed.fork();
        stack.world.failOnce("update x-agent-check", "x: its agent would not start");
        const { lines, output } = await stack.failingUp(cluster({ ...sketch, image: "2" }));
        expect(output).toContain("x: its agent would not start");
        expect(lines.filter((line) => line.endsWith(" x-agent"))).toEqual([]);
        const again = await stack.up(cluster({ ...sketch, image: "2" }));
        expect(again.filter((line) => line.includes(" x-"))).toEqual([
            "update x-agent-check",
            "delete x-agent",
            "create x-agent",
            "create x-ready",
        ]);
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
            [
                listed,
                ...added,
                "create z-agent-check",
                ...gates,
                ...clientGates,
                "create cluster-ready",
            ].toSorted(),
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

    test("shrinking: those that go leave first, and no container or clearance of another is touched", async () => {
        const stack = await formed.fork();
        await stack.up(cluster({ servers: "abcde", clients: "xy" }));
        const lines = await stack.up(cluster(sketch));
        const gates = Array.from("abcxy").map((name) => `update ${name}-ready`);
        const gone = ["d", "e"].flatMap((name) => [
            `delete ${name}-machine`,
            `delete ${name}-member`,
        ]);
        expect(lines.toSorted()).toEqual(
            [listed, ...gates, ...gone, "create cluster-ready"].toSorted(),
        );
        expectLeft(stack, "de");
        // Only once the others are known to carry on.
        const { ended } = stack.world.call("create cluster-ready");
        const left = Array.from("de").map((name) => stack.world.call(`delete ${name}-member`));
        expect(left.map(({ begun }) => begun > ended)).toEqual([true, true]);
    });

    test("the bootstrap server is removed like any other", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, servers: "bc" }));
        expect(lines.filter((line) => line.includes(" a-"))).toEqual([
            "delete a-member",
            "delete a-machine",
        ]);
        expectLeft(stack, "a");
    });

    test("a client that is removed leaves, and no other node is touched", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, clients: "y" }));
        expect(lines).toEqual([
            listed,
            "create cluster-ready",
            "delete x-member",
            "delete x-machine",
        ]);
        expectLeft(stack, "x");
    });

    test("destroying marks the teardown first, then removes machines with all that is on them, the store last", async () => {
        const stack = await formed.fork();
        const lines = await stack.destroy();
        const gone = Array.from("abcxy").flatMap((name) => [
            `delete ${name}-machine`,
            `delete ${name}-member`,
        ]);
        expect(lines[0]).toBe("delete teardown");
        expect(lines.slice(1, -1).toSorted()).toEqual(gone);
        expect(lines.at(-1)).toBe("delete store");
        const marker = stack.world.call("delete teardown");
        expect(marker.inputs.delete).toBe("cluster dissolve");
        const others = stack.world.calls.slice(1).map(({ begun }) => begun);
        expect(Math.min(...others)).toBeGreaterThan(marker.ended);
        expectLeft(stack, "abcxy");
        // No engine is asked.
        const hosts = stack.world.calls.map(({ host }) => host);
        expect(hosts.filter((host) => host !== "local")).toEqual([]);
        expect(await stack.urns()).toEqual([]);
    });
});

/** Each of these nodes left before its machine was removed. */
function expectLeft(stack: EngineStack, names: string): void {
    for (const name of names) {
        const member = stack.world.call(`delete ${name}-member`);
        expect(member.inputs.delete).toBe("member leave");
        const machine = stack.world.call(`delete ${name}-machine`);
        expect({ name, leftFirst: member.ended < machine.begun }).toEqual({
            name,
            leftFirst: true,
        });
    }
}

function commandOf(stack: EngineStack, name: string): string[] {
    return stack.world.call(`create ${name}-agent`).inputs.command as string[];
}
