import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
    CommandError,
    type Deployment,
    LocalWorkspace,
    PulumiCommand,
} from "@pulumi/pulumi/automation/index.js";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { clustersIn, type StateCluster } from "./stateCluster.ts";
import { StackState } from "./stackState.ts";

/** Which stack a command is about. */
export interface StackChoice {
    /** @default the one that is selected in the folder, as by `pulumi stack select` */
    readonly stack?: string | undefined;
    /** Folder with the program, or one below it. @default the folder that the command is run in */
    readonly cwd?: string | undefined;
    /** Logical name of one cluster of several. @default the only one */
    readonly cluster?: string | undefined;
}

/** Where a stack is, and how Pulumi is told so. */
export interface StackPlace {
    readonly stack: string;
    /** Folder in which Pulumi is run: with the project's file, and what Pulumi writes. */
    readonly workFolder: string;
    /** Variables that Pulumi runs with besides those of this process. */
    readonly environment: Readonly<Record<string, string>>;
}

/** A stack whose state was read. */
export interface OpenedStack extends StackPlace {
    readonly project: string;
    /** Where the program's Commands run: what its settings name is relative to it. */
    readonly folder: string;
    readonly workspace: LocalWorkspace;
    readonly state: StackState;
    readonly clusters: readonly StateCluster[];
    /** The state as it was exported, secrets in clear. */
    readonly exported: Deployment;
}

/** With them Pulumi asks no server about itself, and no engine that the shell names. */
export const quietEnvironment: Readonly<Record<string, string>> = {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...noDockerVariables,
};

const projectFiles = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/**
 * The folder with the project's file: this one, or the first above it, as Pulumi looks for it.
 *
 * @throws TaskFailure where there is none.
 */
export function projectFolder(cwd: string): string {
    for (let folder = resolve(cwd); ; folder = dirname(folder)) {
        if (projectFiles.some((file) => existsSync(join(folder, file)))) {
            return folder;
        }
        if (folder === dirname(folder)) {
            throw new TaskFailure(
                `${resolve(cwd)}: there is no Pulumi.yaml in it or above it; name the program's folder with --cwd`,
                exitCodes.missing,
            );
        }
    }
}

/** @throws TaskFailure where Pulumi's CLI is not on PATH, or is too old for the program's SDK. */
export async function pulumiOnPath(): Promise<PulumiCommand> {
    try {
        return await PulumiCommand.get();
    } catch (error) {
        throw new TaskFailure(
            `Pulumi's CLI: not found on PATH, or not to be used (${lastLine(describeError(error))}). ` +
                "Install it: https://www.pulumi.com/docs/install/",
        );
    }
}

/**
 * The stack of a program in any folder, as `pulumi` there has it: with the login, or PULUMI_BACKEND_URL, and the
 * passphrase of this shell.
 *
 * @throws TaskFailure where there is no program, and where no stack is named or selected.
 */
export async function findStack(
    { stack, cwd = "." }: StackChoice,
    pulumiCommand: PulumiCommand,
    environment: Readonly<Record<string, string>> = quietEnvironment,
): Promise<StackPlace> {
    const workFolder = projectFolder(cwd);
    if (stack !== undefined) {
        return { stack, workFolder, environment };
    }
    const envVars = { ...environment };
    const workspace = await LocalWorkspace.create({ workDir: workFolder, pulumiCommand, envVars });
    const stacks = await workspace.listStacks().catch(refusedBy("Pulumi does not list its stacks"));
    const current =
        stacks.find((one) => one.current) ?? (stacks.length === 1 ? stacks[0] : undefined);
    if (current === undefined) {
        const names = stacks.map(({ name }) => name);
        throw new TaskFailure(
            `${workFolder}: ` +
                (names.length === 0
                    ? "it has no stack in this backend"
                    : `no stack is selected; name one with --stack: ${names.join(", ")}`),
            exitCodes.missing,
        );
    }
    return { stack: current.name, workFolder, environment };
}

/**
 * Reads a stack's state, with its secrets: whoever runs this has the stack's passphrase or key.
 *
 * @throws TaskFailure with what Pulumi says, where it does not have such a stack or cannot decrypt it.
 */
export async function openStack(
    place: StackPlace,
    pulumiCommand: PulumiCommand,
): Promise<OpenedStack> {
    const { stack, workFolder, environment } = place;
    const envVars = { ...environment };
    const workspace = await LocalWorkspace.create({ workDir: workFolder, pulumiCommand, envVars });
    const { name: project, main } = await workspace.projectSettings();
    const exported = await workspace
        .exportStack(stack)
        .catch(refusedBy(`the state of the stack "${stack}" cannot be read`));
    const state = new StackState(exported.deployment);
    return {
        ...place,
        project,
        folder: programFolder(workFolder, main),
        workspace,
        state,
        clusters: clustersIn(state, project, shortName(stack)),
        exported,
    };
}

/**
 * The one cluster that is meant.
 *
 * @throws TaskFailure where the stack has none, or none of this name, or several and no name is given.
 */
export function clusterOf(
    { stack, clusters }: Pick<OpenedStack, "stack" | "clusters">,
    name?: string,
): StateCluster {
    const names = clusters.map((one) => one.name).join(", ");
    const found = clusters.find((one) => one.name === name);
    const [first] = clusters;
    if (first === undefined) {
        throw new TaskFailure(
            `The stack "${stack}" has no cluster: \`pulumi up\` makes what its program declares.`,
            exitCodes.missing,
        );
    }
    if (name !== undefined && found === undefined) {
        throw new TaskFailure(
            `--cluster: got "${name}"; expected one of ${names}`,
            exitCodes.missing,
        );
    }
    if (found === undefined && clusters.length > 1) {
        throw new TaskFailure(
            `The stack "${stack}" has several clusters; name one with --cluster: ${names}`,
            exitCodes.misused,
        );
    }
    return found ?? first;
}

/** The name of a stack without its organization and project: `prod` of `acme/shop/prod`. */
export function shortName(stack: string): string {
    return stack.slice(stack.lastIndexOf("/") + 1);
}

/** Where Pulumi runs a program's Commands: the folder of `main`, if the project's file has one. */
function programFolder(workFolder: string, main = "."): string {
    const path = resolve(workFolder, main);
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? dirname(path) : path;
}

/** Throws what Pulumi said, in place of the Automation API's whole record of the call. */
function refusedBy(what: string): (error: unknown) => never {
    return (error) => {
        const said = pulumiSaid(error);
        const isMissing = /no stack named|not found|no previous deployment/i.test(said);
        throw new TaskFailure(`${what}: ${said}`, isMissing ? exitCodes.missing : exitCodes.failed);
    };
}

/** Why a call of Pulumi's CLI failed, in its own words. */
export function pulumiSaid(error: unknown): string {
    const text = describeError(error);
    if (!(error instanceof CommandError)) {
        return text;
    }
    const [, said = text] = /\n stderr: ([\s\S]*?)(?:\n err\??: |$)/.exec(text) ?? [];
    // Its first line repeats the call.
    const own = said.replace(/^Command failed with .*\n/, "").replaceAll(/^error: /gm, "");
    return own.trim() || text;
}

function lastLine(text: string): string {
    return text.trim().split("\n").at(-1) ?? "";
}
