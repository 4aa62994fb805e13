import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import { obtainMachinery } from "./tools/everything.ts";
import { messageOf } from "./tools/obtain.ts";
import type { ExampleCheck } from "./example/contract.ts";
import { exampleImages } from "./example/images.ts";
import { exampleNames, examplePlace, machinesFolder } from "./example/places.ts";
import { readRequest, type ExampleRequest } from "./example/request.ts";
import { runTask, TaskFailure } from "./show/failure.ts";
import { Progress } from "./show/stepProgress.ts";
import { leaveEngine } from "./stack/leaveEngine.ts";
import { operate } from "./stack/operate.ts";
import { committedSettings, stackName } from "./stack/stackSettings.ts";
import { announced } from "./stack/toolbox.ts";
import { wakeAndTell } from "./stack/wake.ts";
import { commandOf, forgetStack, hasStack, openStack } from "./stack/workspace.ts";

async function example(args: readonly string[]): Promise<void> {
    const request = readRequest(args, exampleNames());
    const progress = new Progress();
    // An example's paths are relative to its own folder, as with `pulumi up` there.
    process.chdir(examplePlace(request.name).folder);
    await (request.destroy ? takeAway(request, progress) : bringUp(request, progress));
}

/** Brings an example up, and checks that what it shows is so. */
async function bringUp({ name, settings }: ExampleRequest, progress: Progress): Promise<void> {
    const place = examplePlace(name);
    progress.line("What this computer needs:");
    const options = announced(progress);
    const { pulumi } = await obtainMachinery(options);
    const committed = await committedSettings(await commandOf(pulumi), place.folder);
    const images = await exampleImages(committed, settings, place.folder, options);

    progress.line(`\nThe example ${name}:`);
    const program = async () => ({ ...(await load<object>(place.folder, "index.ts")) });
    const stack = await openStack(pulumi, { ...settings, ...images }, program, place);
    await wakeAndTell(`${name}/${stackName}`, machinesFolder, progress);
    const { result } = await operate(`The example ${name}`, progress, (how) => stack.up(how));
    const deeds = Object.keys(result.summary.resourceChanges ?? {});
    const isUnchanged = deeds.every((deed) => deed === "same");
    progress.line(`  done in ${progress.total()}${isUnchanged ? ": nothing was changed" : ""}`);

    const outputs = plain(result.outputs);
    await checkRunning(name, outputs, progress);
    progress.line(
        [
            "",
            ...(typeof outputs.uiUrl === "string" ? [`Consul's UI: ${outputs.uiUrl}`] : []),
            `To take it away: npm run example -- ${name} --destroy`,
        ].join("\n"),
    );
}

async function checkRunning(
    name: string,
    outputs: Readonly<Record<string, unknown>>,
    progress: Progress,
): Promise<void> {
    const { folder } = examplePlace(name);
    progress.line("\nWhat it shows:");
    const { check } = await load<ExampleCheck>(folder, "check.ts");
    const tell = (line: string) => {
        progress.line(`  ${line}`);
    };
    try {
        await check({ outputs, folder, tell });
    } catch (error) {
        throw new TaskFailure(
            `The example ${name} is up, but its check fails: ${messageOf(error)}`,
        );
    }
}

/** Takes an example away, and its stack. */
async function takeAway({ name }: ExampleRequest, progress: Progress): Promise<void> {
    const place = examplePlace(name);
    if (hasStack(place)) {
        progress.line("What this computer needs:");
        const { pulumi } = await obtainMachinery(announced(progress));
        progress.line(`\nThe example ${name}:`);
        const stack = await openStack(pulumi, {}, () => Promise.resolve(), place);
        const what = `The end of the example ${name}`;
        await operate(what, progress, (options) => stack.destroy(options));
        await stack.workspace.removeStack(stackName);
        forgetStack(place);
        progress.line(`  gone, after ${progress.total()}`);
    } else {
        progress.line(`The example ${name} is not up.`);
    }
    await leaveEngine(progress);
}

/** What a file of an example exports. */
async function load<T>(folder: string, file: string): Promise<T> {
    return (await import(pathToFileURL(join(folder, file)).href)) as T;
}

function plain(outputs: OutputMap): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]),
    );
}

await runTask(example);
