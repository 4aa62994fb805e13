import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withSilentProviders } from "../../cli/stack/unreachableMachines.ts";
import { without } from "./support/cli.ts";
import { cluster, endpointOf } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const sketch = { servers: "abc" };

describe.skipIf(without !== "")(`a machine that does not answer${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    /** The stack as it was formed, with the machine of `b` gone. */
    async function withoutB(): Promise<EngineStack> {
        const stack = await formed.fork();
        stack.world.engines.delete(endpointOf("b"));
        return stack;
    }

    test("nothing is to change: its provider alone does, and the rest is found ready; and back", async () => {
        const stack = await withoutB();
        const known = cluster({ ...sketch, unreachable: "b" });
        const changes = ["update consul-b-docker", "update consul-cluster-ready"];
        expect((await stack.steps(known)).changes).toEqual(changes);
        expect(await stack.up(known)).toEqual(["update cluster-ready"]);
        const asked = stack.world.call("update cluster-ready").inputs.stdin;
        expect(JSON.parse(String(asked))).toMatchObject({
            servers: { a: "http://10.0.0.97:8500", c: "http://10.0.0.99:8500" },
            contact: "http://10.0.0.97:8500",
        });
        expect(String(asked)).not.toContain("10.0.0.98");
        stack.world.engines.set(endpointOf("b"), new Set());
        expect((await stack.steps(cluster(sketch))).changes).toEqual(changes);
        expect(await stack.up(cluster(sketch))).toEqual(["update cluster-ready"]);
        expect((await stack.steps(cluster(sketch))).changes).toEqual([]);
    });

    test("it is the bootstrap server: another one is asked about the cluster", async () => {
        const stack = await formed.fork();
        stack.world.engines.delete(endpointOf("a"));
        await stack.up(cluster({ ...sketch, unreachable: "a" }));
        const asked = stack.world.call("update cluster-ready").inputs.stdin;
        expect(JSON.parse(String(asked))).toMatchObject({ contact: "http://10.0.0.98:8500" });
    });

    test("growing beside it", async () => {
        const stack = await withoutB();
        const lines = await stack.up(cluster({ servers: "abcd", unreachable: "b" }));
        expect(lines.filter((line) => / b-(?!ready)/.test(line))).toEqual([]);
        expect(lines).toContain("create d-agent");
    });

    test("a change of every server: fails at its container, and names the machine", async () => {
        const stack = await withoutB();
        const changed = cluster({ ...sketch, image: "2", unreachable: "b" });
        const { lines, output } = await stack.failingUp(changed);
        expect(output).toContain("test-b.unreachable.invalid");
        expect(lines.filter((line) => line.includes(" b-"))).toEqual(["delete b-image FAILED"]);
    });

    test("removed from the cluster: it goes without being contacted", async () => {
        const stack = await withoutB();
        const without = { servers: "ac", departed: { b: 1 } };
        const lines = await stack.up(cluster(without));
        expect(lines.filter((line) => line.startsWith("delete"))).toEqual([
            "delete b-member",
            "delete b-machine",
        ]);
        expect((await stack.steps(cluster({ servers: "ac" }))).changes).toEqual([
            "delete consul-b",
            "delete consul-b-docker",
        ]);
        expect(await stack.up(cluster({ servers: "ac" }))).toEqual([]);
        expect((await stack.urns()).filter((urn) => urn.includes("::consul-b"))).toEqual([]);
    });

    test("its next generation at another address: the lost one goes without being contacted", async () => {
        const stack = await withoutB();
        const next = { ...sketch, generations: { b: 2 }, moved: { b: "10.0.9.9" } };
        // Interrupted halfway: the next run knows no more of the lost one than this one did.
        stack.world.failOnce("create b.2-agent", "no room");
        await stack.failingUp(cluster(next));
        const lines = await stack.up(cluster(next));
        expect(lines[0]).toBe("create b.2-agent");
        expect(lines.filter((line) => line.startsWith("delete"))).toEqual([
            "delete b-member",
            "delete b-machine",
        ]);
        expect((await stack.steps(cluster(next))).changes).toEqual([]);
        expect(await stack.up(cluster(next))).toEqual([]);
    });

    test("destroyed with the program: nothing is left, no engine is contacted", async () => {
        const stack = await withoutB();
        await stack.destroy(cluster({ ...sketch, unreachable: "b" }));
        const hosts = stack.world.calls.map(({ host }) => host);
        expect(hosts.filter((host) => host !== "local")).toEqual([]);
        expect(await stack.urns()).toEqual([]);
    });

    test("destroyed without the program, once the state connects to it no more", async () => {
        const stack = await withoutB();
        const { deployment, silenced } = await withSilentProviders(
            await stack.state(),
            ({ inputs }) => Promise.resolve(stack.world.engines.has(inputs.host)),
        );
        expect(silenced).toEqual(["consul-b"]);
        await stack.setState(deployment);
        await stack.destroy();
        expect(await stack.urns()).toEqual([]);
    });

    test("destroyed without the program, once a run has seen that it does not answer", async () => {
        const stack = await withoutB();
        await stack.up(cluster({ ...sketch, unreachable: "b" }));
        await stack.destroy();
        expect(await stack.urns()).toEqual([]);
    });
});
