import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";
import type { Call, World } from "./support/world.ts";

const twenty: Sketch = { servers: "abc", clients: "defghijklmnopqrstuvw" };
const few: Sketch = { servers: "abc", clients: "defgh" };

describe.skipIf(without !== "")(`clients change in groups${without}`, () => {
    let large: EngineStack;
    let small: EngineStack;

    beforeAll(async () => {
        large = await EngineStack.create();
        small = await EngineStack.create();
        await large.up(cluster(twenty));
        // Those of a new cluster start together: held until all of them have begun.
        small.world.expectTogether(/^create [d-h]-agent$/, 5);
        await small.up(cluster(few));
    });

    afterAll(() => {
        large.dispose();
        small.dispose();
    });

    test("twenty, a fifth at a time: four are away at once, and never a fifth", async () => {
        const stack = await large.fork();
        await stack.up(cluster({ ...twenty, image: "2" }));
        const spans = awaySpans(stack.world, twenty.clients);
        expect(spans).toHaveLength(20);
        expect(mostAtOnce(spans)).toBe(4);
        // Each group is there again before the next one is touched.
        const groups = ["defg", "hijk", "lmno", "pqrs", "tuvw"].map((group) =>
            spans.filter(({ name }) => group.includes(name)),
        );
        for (const [index, group] of groups.slice(1).entries()) {
            const before = Math.max(...(groups[index] ?? []).map(({ back }) => back));
            expect(Math.min(...group.map(({ away }) => away))).toBeGreaterThan(before);
        }
        expect(await stack.up(cluster({ ...twenty, image: "2" }))).toEqual([]);
    });

    test.each([
        [7, 7],
        ["50%", 10],
        [1, 1],
    ] as const)("twenty, %j at a time", async (clientsAtOnce, most) => {
        const stack = await large.fork();
        await stack.up(cluster({ ...twenty, image: "2", rollout: { clientsAtOnce } }));
        const spans = awaySpans(stack.world, twenty.clients);
        expect(spans).toHaveLength(20);
        expect(mostAtOnce(spans)).toBeLessThanOrEqual(most);
    });

    test("a bad change stops after the first group, and is put right from there", async () => {
        const stack = await large.fork();
        stack.world.failOnce("create d-ready", "d: its agent does not answer");
        const bad = cluster({ ...twenty, image: "bad" });
        const { lines, output } = await stack.failingUp(bad);
        expect(touchedClients(lines).every((name) => "defg".includes(name))).toBe(true);
        expect(touchedClients(lines)).not.toEqual([]);
        expect(output).toContain("its agent does not answer");

        await stack.up(cluster({ ...twenty, image: "2" }));
        expect(mostAtOnce(awaySpans(stack.world, twenty.clients))).toBeLessThanOrEqual(4);
        const images = [...stack.world.engines.values()].map((engine) =>
            engine.has("RemoteImage consul:2"),
        );
        expect(images.filter(Boolean)).toHaveLength(23);
        expect(await stack.up(cluster({ ...twenty, image: "2" }))).toEqual([]);
    });

    test("one of a group that fails keeps all behind the group as they are", async () => {
        const stack = await large.fork();
        stack.world.failOnce("create i-agent", "no such luck");
        const { lines } = await stack.failingUp(cluster({ ...twenty, image: "2" }));
        const touched = touchedClients(lines);
        expect(touched.filter((name) => !"defghijk".includes(name))).toEqual([]);
        expect(touched).toContain("i");
    });

    test("the canary changes first, alone; one that fails is the only one", async () => {
        const rollout = { canary: "g", clientsAtOnce: "50%" } as const;
        const changed = cluster({ ...few, image: "2", rollout });
        const stack = await small.fork();
        await stack.up(changed);
        const spans = awaySpans(stack.world, few.clients);
        const [canary] = spans.filter(({ name }) => name === "g");
        const others = spans.filter(({ name }) => name !== "g").map(({ away }) => away);
        expect(Math.min(...others)).toBeGreaterThan(canary?.back ?? Infinity);

        const failing = await small.fork();
        failing.world.failOnce("create g-ready", "g: its agent does not answer");
        const { lines } = await failing.failingUp(changed);
        expect(touchedClients(lines)).toEqual(["g"]);
    });

    test("other steps, another canary, a client more or less: no container is touched", async () => {
        const stack = await small.fork();
        const agents = (lines: readonly string[]) =>
            lines.filter((line) => line.endsWith("-agent"));
        const rollout = { canary: "h", clientsAtOnce: 2 };
        expect(await stack.up(cluster({ ...few, rollout }))).toEqual([]);
        const grown = await stack.up(cluster({ ...few, clients: "defghi", rollout }));
        expect(agents(grown)).toEqual(["create i-agent"]);
        const shrunk = await stack.up(cluster({ ...few, clients: "efhi" }));
        expect(agents(shrunk)).toEqual([]);
        expect(shrunk).toContain("delete d-machine");
    });

    test("machines of clients are replaced in groups, too", async () => {
        const stack = await small.fork();
        const users = Object.fromEntries(Array.from("defgh").map((name) => [name, "me"]));
        await stack.up(cluster({ ...few, users, rollout: { clientsAtOnce: 2 } }));
        const spans = awaySpans(stack.world, few.clients, "machine");
        expect(spans).toHaveLength(5);
        expect(mostAtOnce(spans)).toBeLessThanOrEqual(2);
    });

    test("all is destroyed, machines in parallel steps behind those that waited for them", async () => {
        const stack = await small.fork();
        await stack.up(cluster({ ...few, image: "2" }));
        const lines = await stack.destroy();
        expect(lines.filter((line) => /^delete .-machine$/.test(line))).toHaveLength(8);
        expect(await stack.urns()).toEqual([]);
    });
});

describe.skipIf(without !== "")(`a change that stops before a node${without}`, () => {
    let formed: EngineStack;
    const sketch: Sketch = { servers: "abc", clients: "xy" };

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    const nodesIn = (lines: readonly string[]) =>
        [...new Set(lines.flatMap((line) => / ([a-z])-/.exec(line)?.[1] ?? []))].sort().join("");

    test("changes what is before it, keeps what is behind, and goes on from there", async () => {
        const stack = await formed.fork();
        const paused = { ...sketch, image: "2", rollout: { pauseBefore: "b" } };
        const first = await stack.up(cluster(paused));
        expect(nodesIn(first)).toBe("a");
        expect(first).toContain("create a-agent");
        expect(await stack.up(cluster(paused))).toEqual([]);

        const next = await stack.up(cluster({ ...paused, rollout: { pauseBefore: ["x"] } }));
        expect(nodesIn(next)).toBe("bc");
        const last = await stack.up(cluster({ ...paused, rollout: {} }));
        expect(nodesIn(last)).toBe("xy");
        expect(await stack.up(cluster({ ...sketch, image: "2" }))).toEqual([]);
    });

    test("is seen in a preview, and holds in a refresh", async () => {
        const stack = await formed.fork();
        const paused = cluster({ ...sketch, image: "2", rollout: { pauseBefore: "b" } });
        const { changes } = await stack.steps(paused);
        expect(nodesIn(changes.map((line) => line.replace("consul-", "")))).toBe("a");
        await stack.up(paused);
        expect(await stack.up(paused, { refresh: true })).toEqual([]);
    });

    test("keeps machines as well: other options, and an engine that would restart", async () => {
        const stack = await formed.fork();
        const users = { a: "me", b: "me", x: "me" };
        const lines = await stack.up(cluster({ ...sketch, users, rollout: { pauseBefore: "a" } }));
        expect(nodesIn(lines)).toBe("");
        const goesOn = await stack.up(cluster({ ...sketch, users, rollout: { pauseBefore: "c" } }));
        expect(nodesIn(goesOn.filter((line) => line.endsWith("machine")))).toBe("ab");
    });

    test("makes what is not there yet: a new client behind it, from today's settings", async () => {
        const stack = await formed.fork();
        const paused = { ...sketch, image: "2", clients: "xyz", rollout: { pauseBefore: "a" } };
        const lines = await stack.up(cluster(paused));
        expect(nodesIn(lines)).toBe("z");
        expect(stack.world.call("create z-agent").inputs.image).toBe("consul:2");
    });

    test("removes what is declared no longer, also behind it", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(
            cluster({ ...sketch, image: "2", clients: "x", rollout: { pauseBefore: "b" } }),
        );
        expect(lines).toContain("delete y-member");
        expect(nodesIn(lines)).toBe("ay");
    });

    test("has a rotation wait with what ends it: those behind have the secrets of before", async () => {
        const stack = await EngineStack.create();
        const secured: Sketch = { ...sketch, security: "full" };
        await stack.up(cluster(secured));
        const rotated = { ...secured, rotate: { gossip: 2 } };
        const paused = await stack.up(cluster({ ...rotated, rollout: { pauseBefore: "b" } }));
        expect(paused).toContain("update a-files");
        expect(nodesIn(paused)).toBe("a");
        expect(paused).not.toContain("update settle");
        const rest = await stack.up(cluster(rotated));
        expect(nodesIn(rest)).toBe("bcxy");
        expect(rest.at(-1)).toBe("update settle");
        stack.dispose();
    });
});

/** When a client was away: from the first that was done to it until its gate passed. */
interface Span {
    readonly name: string;
    readonly away: number;
    readonly back: number;
}

function awaySpans({ calls }: World, names = "", what: "agent" | "machine" = "agent"): Span[] {
    const first = what === "agent" ? ["delete", "agent"] : ["delete", "member"];
    const find = (text: string): Call[] => calls.filter((call) => call.what === text);
    return Array.from(names).flatMap((name) => {
        const [gone] = find(`${first[0]} ${name}-${first[1]}`);
        const [back] = find(`create ${name}-ready`);
        return gone === undefined
            ? []
            : [{ name, away: gone.begun, back: back?.ended ?? Infinity }];
    });
}

function mostAtOnce(spans: readonly Span[]): number {
    return Math.max(
        ...spans.map(
            ({ away }) => spans.filter((one) => one.away <= away && away < one.back).length,
        ),
    );
}

/** The clients whose containers or gates something was done to. */
function touchedClients(lines: readonly string[]): string[] {
    const touched = lines.flatMap((line) => / ([d-w])-(agent|ready)/.exec(line)?.[1] ?? []);
    return [...new Set(touched)].sort();
}
