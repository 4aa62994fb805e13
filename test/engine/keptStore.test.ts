import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bringStore } from "../../program/keptStore.ts";
import { ownOutputs, ownResourceOutputs } from "../../program/stackOutputs.ts";
import { isKeptFiles } from "../../scripts/machine/keptFiles.ts";
import { Store } from "../../scripts/machine/store.ts";
import { parseJson, property } from "../../scripts/system/json.ts";
import { without } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";
import { hushed } from "./support/fakeCommand.ts";
import type { Call } from "./support/world.ts";

const folder = mkdtempSync(join(tmpdir(), "consul-machines-kept-"));
const store = new Store(join(folder, "store"));
const sketch: Sketch = { servers: "abc", store: store.path };
const machinesOf = (names: string) => Array.from(names).map((name) => `test-${name}`);

/** The machines of which an answer that Pulumi hands to a script has the entry. */
function handed({ inputs }: Call): string[] {
    const kept = property(parseJson(String(inputs.stdout)), "kept");
    const isHanded = inputs.addPreviousOutputInEnv === true;
    return isHanded && isKeptFiles(kept)
        ? Object.keys(kept).filter((file) => file.startsWith("machines/"))
        : [];
}

describe.skipIf(without !== "")(`a stack that goes to another computer${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        formed.world.keepsStore = true;
        await formed.up(cluster(sketch));
    });

    // Another computer has the state, and nothing of the store.
    beforeEach(() => {
        rmSync(store.layout.root, { recursive: true, force: true });
    });

    afterAll(() => {
        formed.dispose();
        rmSync(folder, { recursive: true });
    });

    test("has no key in clear in its state", () => {
        expect(formed.checkpoint()).not.toContain(hushed);
    });

    test("is unchanged in a preview there, which lays down the store", async () => {
        const { changes } = await formed.steps(cluster(sketch));
        expect(changes).toEqual([]);
        expect(await store.machineNames()).toEqual(machinesOf("abc"));
        expect(existsSync(join(store.layout.certs, "ca-key.pem"))).toBe(true);
    });

    test("is unchanged in an up there, which runs nothing", async () => {
        const stack = await formed.fork();
        expect(await stack.up(cluster(sketch))).toEqual([]);
        expect(await store.machineNames()).toEqual(machinesOf("abc"));
    });

    test("grows and shrinks there, and no machine that stays is made again", async () => {
        const stack = await formed.fork();
        const grown = await stack.up(cluster({ ...sketch, servers: "abcde" }));
        const ofMachines = (lines: readonly string[]) =>
            lines.filter((line) => line.endsWith("-machine")).toSorted();
        expect(ofMachines(grown)).toEqual(["create d-machine", "create e-machine"]);
        expect(await store.machineNames()).toEqual(machinesOf("abcde"));

        rmSync(store.layout.root, { recursive: true });
        const shrunk = await stack.up(cluster(sketch));
        expect(ofMachines(shrunk)).toEqual(["delete d-machine", "delete e-machine"]);
        expect(handed(stack.world.call("delete d-machine"))).toContain(
            "machines/test-d/config.json",
        );
    });

    test("is removed from there without the program, each machine by what the state has of it", async () => {
        const stack = await formed.fork();
        await stack.destroy();
        expect(await stack.urns()).toEqual([]);
        for (const name of "abc") {
            expect(handed(stack.world.call(`delete ${name}-machine`))).toEqual([
                `machines/test-${name}/config.json`,
                `machines/test-${name}/key.pem`,
            ]);
        }
    });

    test("is removed where its first run failed half-way on another computer", async () => {
        const stack = await EngineStack.create();
        stack.world.keepsStore = true;
        stack.world.failOnce("create b-agent", "no such image");
        await stack.failingUp(cluster(sketch));
        rmSync(store.layout.root, { recursive: true, force: true });

        await stack.destroy();
        expect(handed(stack.world.call("delete a-machine"))).toContain(
            "machines/test-a/config.json",
        );
        stack.dispose();
    });

    test("goes on there after a run that failed half-way on another computer", async () => {
        const stack = await EngineStack.create();
        stack.world.keepsStore = true;
        // Behind every machine: what fails beside one may keep the engine from recording it.
        stack.world.failOnce("create cluster-ready", "two voters of three");
        await stack.failingUp(cluster(sketch));
        rmSync(store.layout.root, { recursive: true, force: true });

        const lines = await stack.up(cluster(sketch));
        expect(lines.filter((line) => line.endsWith("-machine"))).toEqual([]);
        expect(await store.machineNames()).toEqual(machinesOf("abc"));
        stack.dispose();
    });

    test("tells a program of what a run made that failed, and of nothing where there is none", async () => {
        const stack = await EngineStack.create();
        stack.world.keepsStore = true;
        // Behind every machine: what fails beside one may keep the engine from recording it.
        stack.world.failOnce("create cluster-ready", "two voters of three");
        const before: number[] = [];
        await stack.steps(async () => {
            before.push((await ownResourceOutputs()).length);
        });
        await stack.failingUp(cluster(sketch));
        rmSync(store.layout.root, { recursive: true, force: true });

        const laid: string[] = [];
        const { changes } = await stack.steps(async () => {
            const { notices } = await bringStore({
                store,
                owner: "test/test",
                recorded: await ownOutputs(),
                declared: machinesOf("abc"),
                ofResources: ownResourceOutputs,
                inState: true,
            });
            laid.push(...notices);
            await cluster(sketch)();
        });
        expect(before).toEqual([0]);
        expect(laid.join()).toMatch(
            /laid down from the stack's state: certs, test-a, test-b, test-c/,
        );
        expect(changes.filter((line) => line.endsWith("-machine"))).toEqual([]);
        stack.dispose();
    });

    test("keeps nothing once the state may not have it", async () => {
        const stack = await formed.fork();
        stack.world.keepsStore = false;
        const lines = await stack.up(cluster({ ...sketch, inState: false }));
        expect(lines.toSorted()).toEqual([
            ...Array.from("abc").map((name) => `update ${name}-machine`),
            "update store",
            "update teardown",
        ]);
        expect(JSON.stringify(await stack.state())).not.toContain(hushed);
    });
});
