import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    LocalWorkspace,
    type OutputMap,
    type PulumiCommand,
    type PulumiFn,
    type Stack,
    type StackSettings,
} from "@pulumi/pulumi/automation/index.js";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import { TaskFailure } from "../show/task.ts";
import type { Pulumi } from "../tools/pulumi.ts";
import {
    backendFolder,
    backendOf,
    currentLogin,
    localBackend,
    passphraseFile,
    prepareLocalState,
    pulumiEnvironment,
} from "./environment.ts";
import { removeDeadLocks, repairLocalState } from "./localState.ts";
import {
    commandOf,
    committedSettings,
    overlay,
    stackName,
    type Overrides,
} from "./stackSettings.ts";

/** A program's exports by name. */
export type Outputs = Readonly<Record<string, unknown>>;

/** A program of this clone, and what its stack leaves. */
export interface ProgramPlace {
    /** Where Pulumi.yaml and the stack's file are; the program and its Commands run there. */
    readonly folder: string;
    /** Where the stack's private settings are: Pulumi writes into them, the clone stays clean. */
    readonly workFolder: string;
}

/** The main program. */
const mainPlace: ProgramPlace = {
    folder: projectRoot,
    workFolder: join(stateFolder, "run", stackName),
};

/** Whether an earlier start left a stack. */
export function hasStack({ workFolder }: ProgramPlace = mainPlace): boolean {
    return existsSync(join(workFolder, "Pulumi.yaml"));
}

/** Removes what a stack that was removed leaves: its private settings. */
export function removeWorkFolder({ workFolder }: ProgramPlace = mainPlace): void {
    rmSync(workFolder, { recursive: true, force: true });
}

/**
 * Opens the stack for the Automation API. Its settings are a private copy of the committed ones,
 * but the program and its Commands run in the program's own folder, as `pulumi up` has it.
 */
export async function openStack(
    pulumi: Pulumi,
    overrides: Overrides,
    program: PulumiFn,
    place: ProgramPlace = mainPlace,
): Promise<Stack> {
    const { folder, workFolder } = place;
    const pulumiCommand = await commandOf(pulumi);
    const committed = await committedSettings(pulumi, folder);
    const projectName = committed.project.name;
    const envVars = enterEnvironment(projectName, place);
    const salt = await saltFor(pulumiCommand, committed.stack, place);
    return LocalWorkspace.createOrSelectStack(
        { stackName, projectName, program },
        {
            workDir: workFolder,
            pulumiCommand,
            envVars,
            // The folder of `main` is where Pulumi runs the program's Commands.
            projectSettings: { ...committed.project, main: folder },
            stackSettings: { [stackName]: { ...overlay(committed, overrides), ...salt } },
        },
    );
}

/**
 * The outputs of the stack that `npm start` made, else of one made by hand with `pulumi up` from
 * the project's folder, where the user has a backend of their own; undefined where there is none.
 */
export async function readStackOutputs(
    pulumi: Pulumi,
    place: ProgramPlace = mainPlace,
): Promise<Outputs | undefined> {
    const pulumiCommand = await commandOf(pulumi);
    const isOurs = hasStack(place);
    const { backend, envVars } = environmentNow();
    if (!isOurs && backend === localBackend) {
        return undefined;
    }
    checkBackend(backend, place);
    const workspace = await LocalWorkspace.create({
        workDir: isOurs ? place.workFolder : place.folder,
        pulumiCommand,
        envVars,
    });
    // A stack that does not exist is an error like any other there.
    return workspace.stackOutputs(stackName).then(plainOutputs, () => undefined);
}

/** The values of a stack's outputs. */
export function plainOutputs(outputs: OutputMap): Outputs {
    return Object.fromEntries(
        Object.entries(outputs).map(([name, { value }]): [string, unknown] => [name, value]),
    );
}

/** Sets the variables that Pulumi runs with here too: the program runs in this process. */
function enterEnvironment(projectName: string, place: ProgramPlace): Record<string, string> {
    const { backend, envVars } = environmentNow();
    checkBackend(backend, place);
    mkdirSync(place.workFolder, { recursive: true });
    writeFileSync(backendFile(place), backend);
    Object.assign(process.env, envVars);
    prepareLocalState();
    if (backend === localBackend) {
        repairLocalState(backendFolder);
        removeDeadLocks(backendFolder, projectName, stackName);
    }
    return envVars;
}

function environmentNow() {
    const login = currentLogin();
    return {
        backend: backendOf(process.env, login),
        envVars: pulumiEnvironment(process.env, login),
    };
}

/** Names the backend that has the state of the stack that is there. */
function backendFile({ workFolder }: ProgramPlace): string {
    return join(workFolder, "backend");
}

/** @throws TaskFailure where the stack was made in another backend: in this one there is none. */
function checkBackend(backend: string, place: ProgramPlace): void {
    const file = backendFile(place);
    const before = existsSync(file) ? readFileSync(file, "utf8") : backend;
    if (before !== backend) {
        throw new TaskFailure(
            `The cluster's state is in "${before}", but this shell uses "${backend}". ` +
                "Log in there, or set PULUMI_BACKEND_URL as it was at the first `npm start`.",
        );
    }
}

/**
 * The salt of the stack's secrets: what Pulumi wrote into the private copy when it made the stack.
 * A committed salt belongs to a passphrase of the user's own, and fits no other.
 */
async function saltFor(
    pulumiCommand: PulumiCommand,
    committed: StackSettings,
    { workFolder }: ProgramPlace,
): Promise<StackSettings> {
    const earlier = existsSync(join(workFolder, `Pulumi.${stackName}.yaml`))
        ? await LocalWorkspace.create({ workDir: workFolder, pulumiCommand })
        : undefined;
    const own = await earlier?.stackSettings(stackName);
    const isGenerated = process.env.PULUMI_CONFIG_PASSPHRASE_FILE === passphraseFile;
    const salt = own?.encryptionSalt ?? (isGenerated ? undefined : committed.encryptionSalt);
    return salt === undefined ? {} : { encryptionSalt: salt };
}
