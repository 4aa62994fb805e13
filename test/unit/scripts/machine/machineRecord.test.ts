import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { endLeftOver } from "../../../../scripts/machine/machineRecord.ts";
import { describeProcess } from "../../../../scripts/system/processIdentity.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { Store } from "../../../../scripts/machine/store.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    // A process gets some hundred real milliseconds to end.
    quickClock(0.2);
});
afterEach(() => {
    vi.useRealTimers();
});

/** Starts a process that says when it is ready, and tells how it ended. */
async function startProcess(script: string) {
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    return { pid: child.pid ?? 0, ended };
}

test("what is written is read, and nothing else is left beside it", async () => {
    const store = await tempFolder();
    const maker = { pid: 7, startedAt: "42" };
    await Machine.of({ store, machine: "a" }).writeRecord({ owner: "p/s", state: "making", maker });
    expect(await Machine.of({ store, machine: "a" }).record()).toEqual({
        owner: "p/s",
        state: "making",
        maker,
    });

    await Machine.of({ store, machine: "a" }).writeRecord({ owner: "p/s", state: "made" });
    expect(await Machine.of({ store, machine: "a" }).record()).toEqual({
        owner: "p/s",
        state: "made",
    });
    expect(await readdir(new Store(store).layout.records)).toEqual(["a.json"]);
});

test("there is no record of a machine that was never made, or whose record was removed", async () => {
    const store = await tempFolder();
    expect(await Machine.of({ store, machine: "a" }).record()).toBeUndefined();
    await Machine.of({ store, machine: "a" }).writeRecord({ owner: "p/s", state: "made" });
    await Machine.of({ store, machine: "a" }).removeRecord();
    await Machine.of({ store, machine: "a" }).removeRecord();
    expect(await Machine.of({ store, machine: "a" }).record()).toBeUndefined();
});

test.each([
    "{}",
    '{"owner":"x/',
    "null",
    '{"owner":"p/s","state":"gone"}',
    '{"owner":"p/s","state":"made","place":{"address":7}}',
])("a file with %s is told by its name", async (text) => {
    const store = await tempFolder();
    const file = join(new Store(store).layout.records, "a.json");
    await mkdir(new Store(store).layout.records);
    await writeFile(file, text);
    await expect(Machine.of({ store, machine: "a" }).record()).rejects.toThrow(
        `${file}: not a record of ours; remove the file. If "docker-machine -s ${store} ls" lists a,`,
    );
});

test("a maker that ends when it is asked is not killed", async () => {
    const { pid, ended } = await startProcess("echo ready; exec sleep 60");
    const maker = await describeProcess(pid);
    await endLeftOver({ owner: "p/s", state: "making", maker });
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(said).toEqual([`ending docker-machine ${pid}, which an interrupted run left behind`]);
});

test("a maker that does not listen is killed", async () => {
    const { pid, ended } = await startProcess(
        "trap '' TERM; echo ready; while :; do sleep 1; done",
    );
    await endLeftOver({ owner: "p/s", state: "making", maker: await describeProcess(pid) });
    expect(await ended).toEqual([null, "SIGKILL"]);
});

test("a later process of the same id is not touched", async () => {
    const { pid } = await startProcess("echo ready; exec sleep 60");
    await endLeftOver({ owner: "p/s", state: "making", maker: { pid, startedAt: "1" } });
    expect(said).toEqual([]);
    expect(process.kill(pid, 0)).toBe(true);
});

test("without a maker, or with one that has ended, there is nothing to end", async () => {
    const { pid, ended } = await startProcess("echo ready");
    const maker = await describeProcess(pid);
    await ended;
    await endLeftOver({ owner: "p/s", state: "making", maker });
    await endLeftOver({ owner: "p/s", state: "made" });
    await endLeftOver(undefined);
    expect(said).toEqual([]);
});
