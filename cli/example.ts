import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ownerOf } from "../scripts/protocol/names.ts";
import { describeError } from "../scripts/system/progress.ts";
import { nodesOf, type ExampleCheck, type RunningExample } from "./example/check.ts";
import {
    exampleNames,
    examplePlace,
    machinesFolder,
    readRequest,
    type ExampleRequest,
} from "./example/examples.ts";
import { exampleImages, exampleNeeds } from "./example/images.ts";
import { Progress } from "./show/stepProgress.ts";
import { runTask, TaskFailure } from "./show/task.ts";
import { operate } from "./stack/operate.ts";
import { removeStack } from "./stack/removeStack.ts";
import { declaredSettings } from "./stack/declaredSettings.ts";
import { accessOf, StackClients } from "./stack/stackClients.ts";
import { stackName } from "./stack/stackSettings.ts";
import { startStoppedMachines } from "./stack/startMachines.ts";
import { announced, releaseEngine } from "./stack/toolbox.ts";
import { hasStack } from "./stack/stackPlaces.ts";
import { plainOutputs, withStack, type Outputs } from "./stack/workspace.ts";
import { engine } from "./tools/dockerEngine.ts";
import { obtainEverything } from "./tools/everything.ts";

async function example(args: readonly string[]): Promise<void> {
    const request = readRequest(args, exampleNames());
    const progress = new Progress();
    // An example's paths are relative to its own folder, as with `pulumi up` there.
    process.chdir(examplePlace(request.name).folder);
    await (request.destroy ? remove(request, progress) : bringUp(request, progress));
}

/** Brings an example up, and runs its check. */
async function bringUp({ name, settings }: ExampleRequest, progress: Progress): Promise<void> {
    const place = examplePlace(name);
    const owner = ownerOf(name, stackName);
    progress.line("What this computer needs:");
    const options = announced(progress);
    const tools = await obtainEverything(exampleNeeds(declaredSettings(place), settings), options);
    const images = exampleImages(tools, place.folder);

    progress.line(`\nThe example ${name}:`);
    const program = async () => ({ ...(await load<object>(place.folder, "index.ts")) });
    const request = { tools, program, overrides: { ...settings, ...images }, place };
    const result = await withStack(request, async (stack) => {
        await startStoppedMachines(owner, machinesFolder, engine, progress);
        const run = await operate(`The example ${name}`, progress, (how) => stack.up(how));
        return run.result;
    });
    const changes = Object.keys(result.summary.resourceChanges ?? {});
    const isUnchanged = changes.every((change) => change === "same");
    progress.line(`  done in ${progress.total()}${isUnchanged ? ": nothing was changed" : ""}`);

    const outputs = plainOutputs(result.outputs);
    progress.line("\nWhat it shows:");
    const tell = (line: string) => {
        progress.line(`  ${line}`);
    };
    const nodes = nodesOf(outputs);
    const access = accessOf(nodes, { store: machinesFolder, owner });
    const clients = await StackClients.of({ nodes, access });
    await checkRunning(name, { outputs, folder: place.folder, clients, tell });
    progress.line(ending(name, outputs));
}

async function checkRunning(name: string, running: RunningExample): Promise<void> {
    const { check } = await load<ExampleCheck>(running.folder, "check.ts");
    try {
        await check(running);
    } catch (error) {
        throw new TaskFailure(
            `The example ${name} is up, but its check fails: ${describeError(error)}`,
        );
    }
}

function ending(name: string, { uiUrl }: Outputs): string {
    const ui = typeof uiUrl === "string" ? `Consul's UI: ${uiUrl}\n` : "";
    return `\n${ui}To remove it: npm run example -- ${name} --destroy`;
}

/** Removes an example, and its stack. */
async function remove({ name }: ExampleRequest, progress: Progress): Promise<void> {
    const place = examplePlace(name);
    if (hasStack(place)) {
        const what = `The removal of the example ${name}`;
        await removeStack(what, `The example ${name}`, progress, place);
    } else {
        progress.line(`The example ${name} is not up.`);
    }
    await releaseEngine(progress);
}

/** What a file of an example exports. */
async function load<T>(folder: string, file: string): Promise<T> {
    return (await import(pathToFileURL(join(folder, file)).href)) as T;
}

await runTask(example);
