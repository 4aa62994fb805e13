import type { Stack, UpResult } from "@pulumi/pulumi/automation/index.js";
import { securedCurl } from "../../scripts/consul/curlCommand.ts";
import { Progress } from "../show/stepProgress.ts";
import { columns, table } from "../show/table.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { keepChoices, keptChoices, type Choices } from "../stack/choices.ts";
import { loginLines } from "../stack/login.ts";
import { operate } from "../stack/operate.ts";
import { accessOf, type ClusterPlace } from "../stack/stackClients.ts";
import {
    askUntilReady,
    nodeRow,
    nodesHeader,
    readOutputs,
    stateOf,
    type StackOutputs,
} from "../stack/stackNodes.ts";
import { clusterPlaceOf } from "../stack/stackSettings.ts";
import { startStoppedMachines } from "../stack/startMachines.ts";
import { announced, obtainToolbox } from "../stack/toolbox.ts";
import { unreachableMachines } from "../stack/unreachableMachines.ts";
import { mainProgram, plainOutputs, withStack } from "../stack/workspace.ts";
import { engine } from "../tools/dockerEngine.ts";
import type { Pulumi } from "../tools/pulumi.ts";

/**
 * Brings up the stack of this clone, with all that it takes on this computer.
 *
 * @param screen where it says what it does. @default standard output
 * @returns its summary.
 */
export async function startClone(
    given: Choices,
    screen: NodeJS.WriteStream = process.stdout,
): Promise<string> {
    const choices = { ...keptChoices(), ...given };
    const progress = new Progress(screen);

    progress.line("What this computer needs:");
    const tools = await obtainToolbox(announced(progress));

    progress.line(`\nThe cluster${keptNote(given, choices)}:`);
    const { servers } = choices;
    const image = tools.image.image;
    const request = { tools, program: mainProgram, overrides: { servers, image } };
    const { result, place } = await withStack(request, async (stack) => {
        keepChoices({ servers, image: { configured: tools.configuredImage, obtained: image } });
        return { result: await bringUp(stack, progress), place: await placeOf(stack) };
    });

    const outputs = readOutputs(plainOutputs(result.outputs));
    if (outputs === undefined) {
        throw new TaskFailure(
            "The stack is up, but does not export its nodes: see `npm run doctor`.",
            exitCodes.unwell,
        );
    }
    return summary(outputs, place, tools.pulumi);
}

/** Brings the stack to what its files declare. */
async function bringUp(stack: Stack, progress: Progress): Promise<UpResult> {
    await startMachines(stack, progress);
    // A refresh notices a container that was stopped or removed, and fails at a machine that does not answer.
    const unreachable = await unreachableMachines(stack);
    for (const name of unreachable) {
        progress.line(
            `  ${name}: its machine does not answer, or did not in the last run: docs/replace.md. ` +
                "Nothing is refreshed.",
        );
    }
    const { result, unchanged } = await operate("npm start", progress, (options) =>
        stack.up({ ...options, refresh: unreachable.length === 0 }),
    );
    const rest = unchanged > 0 ? `, ${unchanged} things were as they should be` : "";
    progress.line(`  done in ${progress.total()}${rest}\n`);
    return result;
}

async function startMachines(stack: Stack, progress: Progress): Promise<void> {
    const { owner, store } = await placeOf(stack);
    await startStoppedMachines(owner, store, engine, progress);
}

async function placeOf({ name, workspace }: Stack): Promise<ClusterPlace> {
    const project = await workspace.projectSettings();
    return clusterPlaceOf({ project, stack: await workspace.stackSettings(name) });
}

/** Says where the number of servers comes from, when this command line does not name it. */
function keptNote(given: Choices, { servers }: Choices): string {
    return servers !== undefined && given.servers === undefined
        ? ` (${servers} servers, as in the last start)`
        : "";
}

async function summary(
    { nodes, uiUrl, httpAddress, clientCertificate }: StackOutputs,
    place: ClusterPlace,
    pulumi: Pulumi,
): Promise<string> {
    const access = accessOf(nodes, place);
    const answers = await askUntilReady(nodes, access);
    const rows = Object.entries(nodes).map(([name, node]) =>
        nodeRow(name, node, stateOf(name, answers)),
    );
    const demands = clientCertificate !== undefined;
    const shown = demands ? "--cert client.pem --key client-key.pem " : "";
    const asked = `${httpAddress}/v1/catalog/nodes`;
    const curl = access === undefined ? `curl ${asked}` : securedCurl(shown + asked);
    return [
        table(nodesHeader, rows),
        "",
        ...(uiUrl === undefined ? [] : [`Consul's UI: ${uiUrl}`]),
        ...(access === undefined ? [] : loginLines(pulumi, process.env, demands)),
        "",
        "What you may want next:",
        ...columns([
            ["  npm run doctor", "checks this computer and every node"],
            [`  ${curl}`, "asks the cluster for its nodes"],
            ["  npm stop", "removes the cluster and everything that was made for it"],
        ]),
    ].join("\n");
}
