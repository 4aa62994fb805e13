import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { tryAgents, tryReplacement } from "../../../../scripts/verbs/agentTry.ts";
import type { AgentTrial } from "../../../../scripts/protocol/agentTrial.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import { fakeTrials, sound, trialOn, type FakeTrials } from "../../../support/fakeTrials.ts";
import { said } from "../../../support/quickTime.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    said.splice(0);
});

/** Trials of the servers of a cluster of three, each on a machine of its own. */
async function three(over: (name: string) => Partial<AgentTrial> = () => ({})) {
    const [a, b, c] = [await fakeTrials(), await fakeTrials(), await fakeTrials()];
    const trial = (machine: FakeTrials, nodeName: string) =>
        trialOn(machine, { nodeName, ...over(nodeName) });
    return { b, c, trials: [trial(a, "a"), trial(b, "b"), trial(c, "c")] as const };
}

const refusing = (what: string) =>
    what === "validate"
        ? { lines: ["Config validation failed: data_dir cannot be empty"], exitCode: 1 }
        : sound(what);

test("servers that start all pass", async () => {
    const { trials } = await three();
    expect(await tryAgents({ trials, isFirst: true })).toEqual(["a", "b", "c"]);
    expect(said).toEqual([]);
});

test("what is wrong with the last one is found before the first is touched", async () => {
    const { c, trials } = await three();
    c.program = refusing;
    await expect(tryAgents({ trials, isFirst: true })).rejects.toThrow(
        /^c: .*data_dir cannot be empty[^]*\nNo server was touched\.$/,
    );
});

test("later in a run it says that this container was not", async () => {
    const { c, trials } = await three();
    c.program = refusing;
    await expect(tryAgents({ trials: trials.slice(2) })).rejects.toThrow(
        /\nThe container of c was not touched\.$/,
    );
});

test("one whose machine is still to be made, or has no image yet, is tried when it is its turn", async () => {
    const { b: imageless, trials } = await three();
    imageless.imageCpu = undefined;
    const [a, b, c] = trials;
    const toCome = { ...c, agent: { ...c.agent, machine: "dev-new" } };
    expect(await tryAgents({ trials: [a, b, toCome], isFirst: true })).toEqual(["a"]);
    expect(said).toEqual(["b is not tried yet: its machine does not have the image"]);
});

test("one behind it that cannot be tried keeps no other from its change; the first one does", async () => {
    const { trials } = await three();
    const [a, b] = trials;
    const broken = { ...b, access: "no/such/file.json" };
    expect(await tryAgents({ trials: [a, broken] })).toEqual(["a"]);
    expect(said[0]).toMatch(/^b is not tried yet: /);
    await expect(tryAgents({ trials: [broken, a] })).rejects.toThrow("no/such/file.json");
});

test("an older image is refused, by what its node runs, and a wide step is warned of once", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.build = "1.23.0:1234";
    const { trials } = await three((name) => ({ httpAddress: cluster.address(name) }));
    const older =
        /^a: Consul 1\.23\.0 runs, and the image has 1\.22\.2, an older one: .*\nb: Consul 1\.23\.0 runs/;
    await expect(tryAgents({ trials, isFirst: true })).rejects.toThrow(older);
    const allowed = trials.map((trial) => ({ ...trial, allowVersion: "1.22.2" }));
    expect(await tryAgents({ trials: allowed })).toEqual(["a", "b", "c"]);
    cluster.build = "1.20.6:1234";
    said.splice(0);
    expect(await tryAgents({ trials })).toEqual(["a", "b", "c"]);
    expect(said).toEqual([
        expect.stringMatching(
            /^warning: Consul 1\.20\.6 runs, and the image has 1\.22\.2: the widest step/,
        ),
    ]);
});

test("of a node that is silent another server says what ran there", async () => {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    cluster.build = "1.23.0:1234";
    const { trials } = await three(() => ({ servers: { b: cluster.address("b") } }));
    await expect(tryAgents({ trials: trials.slice(0, 1) })).rejects.toThrow("an older one");
});

test("a client is tried where its container is there, and nothing runs where it is not", async () => {
    const machine = await fakeTrials();
    machine.program = refusing;
    const trial = trialOn(machine, { nodeName: "client-1", role: "client" });
    await expect(tryReplacement(trial)).rejects.toThrow(
        /^client-1: .*data_dir cannot be empty[^]*\nThe container of client-1 was not touched\.$/,
    );
    machine.hasAgent = false;
    machine.created.splice(0);
    expect(await tryReplacement(trial)).toBe("fit");
    expect(machine.created).toEqual([]);
});
