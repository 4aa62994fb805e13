import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError, type EngineEvent, type Stack } from "@pulumi/pulumi/automation/index.js";
import { confirm, requireTerminal, TaskFailure } from "../show/task.ts";
import { Progress } from "../show/stepProgress.ts";
import { dockerMachineTool } from "../tools/dockerMachineTool.ts";
import { obtainMachinery } from "../tools/everything.ts";
import { obtain, ToolMissing, type ObtainOptions } from "../tools/obtain.ts";
import { projectRoot } from "../tools/paths.ts";
import { providersTool } from "../tools/providers.ts";
import { pulumiTool, type Pulumi } from "../tools/pulumi.ts";
import { keptChoices, removeChoices } from "./choices.ts";
import { Interruption } from "./interruption.ts";
import { removeOtherBackends, removeWorkFolder } from "./stackPlaces.ts";
import {
    committedSettings,
    configuredImage,
    configuredImageTool,
    placeOf,
    runsOnLab,
    stackName,
    type CommittedSettings,
    type Overrides,
    type ProgramPlace,
} from "./stackSettings.ts";
import { silenceUnreachable } from "./unreachableMachines.ts";
import { readVerb, type Verb, type VerbOptions, type VerbRequest } from "./verbOptions.ts";
import { mainProgram, withStack, type StackRequest } from "./workspace.ts";

/**
 * Does what `pulumi preview`, `up`, `refresh` or `destroy` does, by the Automation API and with Pulumi's own output:
 * for a computer without Pulumi's host for Node programs, its plugins, or `pulumi` on PATH.
 *
 * @throws TaskFailure where it is refused. Where Pulumi fails its output says why, and the exit code is 1.
 */
export async function runVerb(verb: Verb, args: readonly string[]): Promise<void> {
    const request = readVerb(verb, args);
    const place = placeOf(request.stack, checkedConfigFile(request));
    if (verb !== "preview" && !request.yes) {
        requireTerminal("Nothing was changed");
    }
    const { tools, committed } = await obtainTools(place);
    const isStarted = place.stackName === stackName;
    if (!isStarted) {
        removeOtherBackends(place);
    }
    const overrides =
        isStarted && place.configFile === undefined ? await startedWith(committed, verb) : {};
    const mustExist = verb === "refresh" || verb === "destroy";
    const opening: StackRequest = { tools, program: mainProgram, overrides, place, mustExist };
    const isDone = await withStack(opening, (stack) => perform(verb, request, stack));
    if (isDone && request.options.remove === true) {
        removeWorkFolder(place);
        if (isStarted) {
            removeChoices();
        }
    }
    process.exitCode = isDone ? 0 : 1;
}

/** @returns whether it succeeded: where it did not, Pulumi said why. */
async function perform(verb: Verb, request: VerbRequest, stack: Stack): Promise<boolean> {
    const { yes, skipPreview, options } = request;
    if (verb === "destroy") {
        for (const name of await silenceUnreachable(stack)) {
            console.error(
                `${name}: its machine does not answer; it is removed without being asked`,
            );
        }
    }
    const [preview, act] = operations(stack, options)[verb];
    if (act === undefined) {
        return shown((how) => preview(how));
    }
    if (!skipPreview) {
        if (!(await shown((how) => preview(how)))) {
            return false;
        }
        if (!yes) {
            await confirm("Nothing was changed");
        }
    }
    return shown((how) => act(how));
}

/** How an operation shows what it does, and is ended. */
interface Shown {
    readonly onOutput: (text: string) => void;
    readonly onError: (text: string) => void;
    readonly onEvent: (event: EngineEvent) => void;
    readonly signal: AbortSignal;
    readonly color: "always" | "never";
}

type Operation = (how: Shown) => Promise<unknown>;

/** The preview of each verb, and what is done after it. */
function operations(
    stack: Stack,
    options: VerbOptions,
): Readonly<Record<Verb, readonly [Operation, Operation?]>> {
    // Whether nothing changes is asked of the operation, not of the preview before it.
    const before = { ...options, expectNoChanges: false, remove: false };
    return {
        preview: [(how) => stack.preview({ ...options, ...how })],
        up: [
            (how) => stack.preview({ ...before, ...how }),
            (how) => stack.up({ ...options, ...how }),
        ],
        refresh: [
            (how) => stack.previewRefresh({ ...before, ...how }),
            (how) => stack.refresh({ ...options, ...how }),
        ],
        destroy: [
            (how) => stack.previewDestroy({ ...before, ...how }),
            (how) => stack.destroy({ ...options, ...how }),
        ],
    };
}

/** Runs an operation with Pulumi's own output; whether it succeeded. */
async function shown(operation: Operation): Promise<boolean> {
    const said = { isAnything: false };
    const writeTo = (stream: NodeJS.WriteStream) => (text: string) => {
        said.isAnything = true;
        stream.write(text);
    };
    const interruption = new Interruption();
    try {
        await operation({
            onOutput: writeTo(process.stdout),
            onError: writeTo(process.stderr),
            onEvent: interruption.follow,
            signal: interruption.signal,
            color: process.stdout.isTTY ? "always" : "never",
        });
        return true;
    } catch (error) {
        if (!(error instanceof CommandError && said.isAnything)) {
            throw error;
        }
        const [, signal] = /was killed with (SIG\w+)/.exec(error.message) ?? [];
        if (signal !== undefined) {
            throw new TaskFailure(`Pulumi was killed with ${signal}: docs/interrupted.md.`);
        }
        return false;
    } finally {
        interruption.close();
    }
}

/** The file that is given; the one of the stack's name must be there where none is. */
function checkedConfigFile({ stack, configFile }: VerbRequest): string | undefined {
    if (configFile !== undefined) {
        if (!existsSync(resolve(projectRoot, configFile))) {
            throw new TaskFailure(`--config-file: there is no ${configFile}`);
        }
        return configFile;
    }
    const names = readdirSync(projectRoot).flatMap(
        (file) => /^Pulumi\.(.+)\.(?:ya?ml|json)$/.exec(file)?.[1] ?? [],
    );
    if (!names.includes(stack)) {
        throw new TaskFailure(
            `--stack: got "${stack}", and there is no Pulumi.${stack}.yaml; expected one of ` +
                `${names.join(", ")}, or its settings by --config-file`,
        );
    }
    return undefined;
}

/** Gets what the stack needs, and says so only where that takes time. */
async function obtainTools(
    place: ProgramPlace,
): Promise<Pick<StackRequest, "tools"> & { readonly committed: CommittedSettings }> {
    const progress = new Progress(process.stderr);
    const options: ObtainOptions = { during: progress.during };
    const pulumi = await obtain(pulumiTool, options);
    const committed = await committedSettings(pulumi, place);
    const providers = runsOnLab(committed)
        ? (await obtainMachinery(options)).providers
        : await obtainForHosts(pulumi, options);
    if (providers.kind === "embedded") {
        progress.line(`Pulumi's providers: embedded (${providers.reason})`);
    }
    return { tools: { pulumi, providers }, committed };
}

/** Machines that are no containers need no engine here. */
async function obtainForHosts(pulumi: Pulumi, options: ObtainOptions) {
    const providers = await obtain(providersTool(pulumi), options);
    await obtain(dockerMachineTool, options);
    return providers;
}

/** What `npm start` laid over the settings of its stack, so that nothing changes after it. */
async function startedWith(committed: CommittedSettings, verb: Verb): Promise<Overrides> {
    const { servers, image: kept } = keptChoices();
    const configured = configuredImage(committed);
    if (kept?.configured === configured && isThere(kept.obtained)) {
        return { servers, image: kept.obtained };
    }
    const isNeeded = verb === "preview" || verb === "up";
    return { servers, image: isNeeded ? await foundImage(committed) : undefined };
}

/** The configured image where it can be pulled, else the archive that an earlier start made. */
async function foundImage(committed: CommittedSettings): Promise<string | undefined> {
    try {
        return (await obtain(configuredImageTool(committed), { only: "find" })).image;
    } catch (error) {
        if (error instanceof ToolMissing) {
            return undefined; // Pulumi says what is wrong with the configured one.
        }
        throw error;
    }
}

function isThere(image: string): boolean {
    return !image.endsWith(".tar") || existsSync(resolve(projectRoot, image));
}
