import type { EngineApi } from "../../scripts/docker/engineApi.ts";
import { labMachines } from "../../scripts/lab/labMachines.ts";
import { Store } from "../../scripts/machine/store.ts";
import { labContainerOf } from "../../scripts/protocol/names.ts";
import { waitUntil } from "../../scripts/system/waitFor.ts";
import type { Progress } from "../show/stepProgress.ts";

/** Milliseconds until the engine of a machine that was just started must answer. */
const engineUpMs = 60_000;

/** Milliseconds that a machine's engine may take for one answer. */
const timeoutMs = 2000;

/**
 * Starts lab machines of a stack that are stopped, and waits for the engines of all: after the computer was
 * restarted Pulumi would fail at the first machine that does not answer yet. A machine that does not come back
 * is left to Pulumi's own error.
 *
 * @param owner the stack, `project/stack`.
 * @param folder its machine store.
 * @param engine the one whose containers the machines are.
 * @returns the containers that were started.
 */
export async function startLabMachines(
    owner: string,
    folder: string,
    engine: EngineApi,
): Promise<string[]> {
    const [project = ""] = owner.split("/");
    const containers = await labMachines(engine, owner);
    const stopped = containers.filter(({ isStopped }) => isStopped);
    await Promise.all(stopped.map(({ start }) => start()));

    const store = new Store(folder);
    const machines = (await store.machineNames()).map((name) => store.machine(name));
    await Promise.all(
        machines.map(async (machine) => {
            const container = labContainerOf(project, machine.name);
            const record = await machine.record();
            // One that was never finished has no engine to wait for.
            const isMade = record?.owner === owner && record.state === "made";
            if (isMade && containers.some(({ name }) => name === container)) {
                const answers = () => machine.engineAnswers(timeoutMs);
                await waitUntil(answers, { limit: engineUpMs, interval: 500 });
            }
        }),
    );
    return stopped.map(({ name }) => name);
}

/** Does so, and reports each machine that was started. */
export async function startStoppedMachines(
    owner: string,
    folder: string,
    engine: EngineApi,
    progress: Progress,
): Promise<void> {
    const waiting = "waiting for machines";
    progress.begin(waiting);
    const started = await startLabMachines(owner, folder, engine);
    progress.end(waiting);
    for (const machine of started) {
        progress.line(`  ${machine}: was stopped, started`);
    }
}
