import { EngineApi } from "../../scripts/docker/engineApi.ts";
import type { Progress } from "../show/stepProgress.ts";
import { confirm } from "../show/task.ts";
import { operate } from "../stack/operate.ts";
import { clusterOf, openStack, type OpenedStack } from "../stack/openStack.ts";
import { startStoppedMachines } from "../stack/startMachines.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { operated, progressOf } from "./ownStack.ts";
import { statusOf, statusText } from "./status.ts";
import { openedCluster, openedStack, print, type Call, type Verb } from "./verb.ts";

/**
 * Brings a stack to what its program declares: lab machines that are stopped are started first, then it is what
 * `pulumi up` does. It shows what would change, and asks.
 */
export const start: Verb = async (call) => {
    if ((await call.door.own?.start(call)) === true) {
        return;
    }
    const { stack, pulumi } = await openedStack(call);
    const progress = progressOf(call);
    await startLab(stack, progress);
    const operation = await operated(stack, pulumi);
    const changes = await progress.during("looking what would change", async () => {
        const { changeSummary } = await operation.preview();
        return Object.entries(changeSummary).filter(([what]) => what !== "same");
    });
    if (changes.length > 0) {
        progress.line(`  ${changes.map(([what, count]) => `${what}: ${count}`).join(", ")}`);
        if (!call.options.yes) {
            await confirm("Nothing was changed");
        }
        await operate("start", progress, (options) => operation.up(options));
    }
    progress.stop();
    const state = await openStack(stack, pulumi);
    const cluster = clusterOf(state, call.options.cluster);
    const answer = await statusOf({ stack: state, cluster });
    print(call, answer, statusText(answer));
    process.exitCode = answer.isReady ? exitCodes.done : exitCodes.unwell;
};

/** After this computer was restarted its lab machines are stopped, and Pulumi would fail at the first. */
async function startLab({ clusters }: OpenedStack, progress: Progress): Promise<void> {
    for (const { owner, store, labSocket: socketPath } of clusters) {
        if (socketPath !== undefined) {
            await startStoppedMachines(owner, store, new EngineApi({ socketPath }), progress);
        }
    }
}

/** Prints how a cluster is that was just brought up in another way. */
export async function printStatus(call: Call): Promise<void> {
    const answer = await statusOf(await openedCluster(call));
    print(call, answer, statusText(answer));
}
