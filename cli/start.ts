import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { runTask, TaskFailure } from "./show/failure.ts";
import { Progress } from "./show/stepProgress.ts";
import { columns, table } from "./show/table.ts";
import { keepChoices, keptChoices, readChoices, type Choices } from "./stack/choices.ts";
import {
    askUntilWhole,
    nodeRow,
    nodesHeader,
    readOutputs,
    standingOf,
    type StackOutputs,
} from "./stack/stackNodes.ts";
import { operate } from "./stack/operate.ts";
import { announced, obtainToolbox } from "./stack/toolbox.ts";
import { machineStore } from "./stack/stackSettings.ts";
import { wakeAndTell } from "./stack/wake.ts";
import { openStack } from "./stack/workspace.ts";

/** The very program that `pulumi up` runs; its exports are the stack's outputs. */
const program: PulumiFn = async () => ({ ...(await import("../index.ts")) });

async function start(args: readonly string[]): Promise<void> {
    const given = readChoices(args);
    const choices = { ...keptChoices(), ...given };
    const progress = new Progress();

    progress.line("What this computer needs:");
    const { pulumi, image } = await obtainToolbox(announced(progress));

    progress.line(`\nThe cluster${remembered(given, choices)}:`);
    const stack = await openStack(pulumi, { ...choices, image: image.image }, program);
    keepChoices(choices);
    await wake(stack, progress);
    const { result, unchanged } = await operate("npm start", progress, (options) =>
        // Looked at anew: Pulumi would not see that somebody stopped or removed a container.
        stack.up({ ...options, refresh: true }),
    );
    const rest = unchanged > 0 ? `, ${unchanged} things were as they should be` : "";
    progress.line(`  done in ${progress.total()}${rest}\n`);

    const outputs = readOutputs(result.outputs);
    if (outputs === undefined) {
        throw new TaskFailure(
            "The stack is up, but says nothing of its nodes: see `npm run doctor`.",
        );
    }
    progress.line(await summary(outputs));
}

async function wake({ name, workspace }: Stack, progress: Progress): Promise<void> {
    const project = await workspace.projectSettings();
    const settings = { project, stack: await workspace.stackSettings(name) };
    await wakeAndTell(`${project.name}/${name}`, machineStore(settings), progress);
}

/** Says where a choice comes from that this command line did not make. */
function remembered(given: Choices, { servers }: Choices): string {
    return servers !== undefined && given.servers === undefined
        ? ` (${servers} servers, as in the last start)`
        : "";
}

async function summary({ nodes, uiUrl, httpAddress }: StackOutputs): Promise<string> {
    const answers = await askUntilWhole(nodes);
    const rows = Object.entries(nodes).map(([name, node]) =>
        nodeRow(name, node, standingOf(name, answers)),
    );
    return [
        table(nodesHeader, rows),
        "",
        `Consul's UI: ${uiUrl}`,
        "",
        "What you may want next:",
        ...columns([
            ["  npm run doctor", "checks this computer and every node"],
            [`  curl ${httpAddress}/v1/catalog/nodes`, "asks the cluster for its nodes"],
            ["  npm stop", "removes the cluster and everything that was made for it"],
        ]),
    ].join("\n");
}

await runTask(start);
