import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { engineAnswers } from "../../scripts/machine/machineEngine.ts";
import { readRecord } from "../../scripts/machine/machineRecord.ts";
import { entries, storeLayout } from "../../scripts/machine/storeLayout.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { engine as localEngine } from "../tools/dockerEngine.ts";
import type { Progress } from "../show/stepProgress.ts";
import { labLabel } from "../../scripts/protocol/labels.ts";

/** How long a machine that was just started may take until its own engine answers. */
const wakeWithinMs = 60_000;

/** Milliseconds that a machine's engine may take to answer. */
const patience = 2000;

const containersSchema = z.array(
    z.object({ Id: z.string(), Names: z.array(z.string()), State: z.string() }),
);

/**
 * Starts lab machines of a stack that are stopped, and waits for those that still come up, as after
 * the computer was: Pulumi fails at the first machine that does not answer. Returns the names of
 * those started. A machine that does not come back is Pulumi's to name.
 */
export async function wakeLabMachines(
    owner: string,
    store: string,
    engine: EngineApi = localEngine,
): Promise<string[]> {
    const filters = { label: [`${ownerLabel}=${owner}`, `${labLabel}=machine`] };
    const query = `all=true&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    const hosts = containersSchema.parse(await engine.ask(`/containers/json?${query}`));
    const stopped = hosts.filter(({ State }) => State !== "running");
    await Promise.all(
        stopped.map(({ Id }) => engine.text(`/containers/${Id}/start`, { method: "POST" })),
    );
    const machines = await madeMachines(owner, store);
    const isHosted = (machine: string) => hosts.some((host) => nameOf(host).endsWith(machine));
    await Promise.all(machines.filter(isHosted).map((machine) => waitForEngine(store, machine)));
    return stopped.map(nameOf);
}

/** Does so, and tells of each machine that was stopped: a computer that was switched off, or a
 * machine that was stopped, is no reason to fail. */
export async function wakeAndTell(owner: string, store: string, progress: Progress): Promise<void> {
    const waiting = "waiting for machines";
    progress.begin(waiting);
    const woken = await wakeLabMachines(owner, store);
    progress.end(waiting);
    for (const machine of woken) {
        progress.line(`  ${machine}: was stopped, started`);
    }
}

/** The machines of a stack that were once finished: others have no engine to wait for. */
async function madeMachines(owner: string, store: string): Promise<string[]> {
    const names = await entries(storeLayout(store).machines);
    const records = await Promise.all(names.map((name) => readRecord(store, name)));
    return names.filter((_, index) => {
        const record = records[index];
        return record?.owner === owner && record.state === "made";
    });
}

function nameOf({ Names }: { readonly Names: readonly string[] }): string {
    return (Names[0] ?? "").replace(/^\//, "");
}

async function waitForEngine(store: string, machine: string): Promise<void> {
    const deadline = Date.now() + wakeWithinMs;
    while (!(await engineAnswers(store, machine, patience)) && Date.now() < deadline) {
        await sleep(500);
    }
}
