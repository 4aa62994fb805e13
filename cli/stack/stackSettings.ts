import { copyFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
    LocalWorkspace,
    type ProjectSettings,
    PulumiCommand,
    type StackSettings,
} from "@pulumi/pulumi/automation/index.js";
import {
    defaultSnapshotFolder,
    defaultStoreFolder,
    ownerOf,
} from "../../scripts/protocol/names.ts";
import { inScratch } from "../../scripts/system/files.ts";
import { property } from "../../scripts/system/json.ts";
import { consulImageTool, type ConsulImage } from "../tools/consulImage.ts";
import type { Tool } from "../tools/obtain.ts";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import { progriumImageTool } from "../tools/programImages.ts";
import type { Pulumi } from "../tools/pulumi.ts";
import type { ClusterPlace } from "./stackClients.ts";

/** The stack that `npm start` brings up. */
export const stackName = "dev";

/** A program of this clone, one of its stacks, and what that leaves. */
export interface ProgramPlace {
    readonly stackName: string;
    /** Where Pulumi.yaml and the stack's file are; the program and its Commands run there. */
    readonly folder: string;
    /** Where the stack's private settings are: Pulumi writes into them, the clone stays clean. */
    readonly workFolder: string;
    /** The file of the stack's settings. @default `Pulumi.STACK.yaml` in the folder */
    readonly configFile?: string | undefined;
}

/** A stack of the main program, by default the one that `npm start` brings up. */
export function placeOf(name: string = stackName, configFile?: string): ProgramPlace {
    const workFolder = join(stateFolder, "run", name);
    return { stackName: name, folder: projectRoot, workFolder, configFile };
}

/** What the committed files say about the stack. */
export interface CommittedSettings {
    readonly project: ProjectSettings;
    readonly stack: StackSettings;
}

/** The same, as far as single settings are looked up in it. */
export interface DeclaredSettings {
    readonly project: { readonly name: string; readonly config?: unknown };
    readonly stack: { readonly config?: Readonly<Record<string, unknown>> | undefined };
}

/** Settings laid over those of the stack's committed file: `{ image: "…" }`. */
export type Overrides = Readonly<Record<string, unknown>>;

/** The CLI that was found, as the Automation API takes it; its version was checked before. */
export async function commandOf({ path }: Pulumi): Promise<PulumiCommand> {
    const folder = dirname(path);
    // It takes a root whose `bin` holds the CLI; without one, the first on PATH, which this is.
    return folder.endsWith("/bin")
        ? PulumiCommand.get({ root: dirname(folder), skipVersionCheck: true })
        : PulumiCommand.get({ skipVersionCheck: true });
}

/**
 * Reads Pulumi.yaml and the stack's own file, as only Pulumi can, defaults included.
 *
 * @param place of the program. @default the main program's, with the stack that `npm start` brings up
 */
export async function committedSettings(
    pulumi: Pulumi,
    place: ProgramPlace = placeOf(),
): Promise<CommittedSettings> {
    const { stackName: name, folder, configFile } = place;
    const pulumiCommand = await commandOf(pulumi);
    const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand });
    const project = await workspace.projectSettings();
    if (configFile === undefined) {
        return { project, stack: await workspace.stackSettings(name) };
    }
    // It looks for a file of the stack's name alone.
    return inScratch("settings", async (scratch) => {
        copyFileSync(resolve(folder, configFile), join(scratch, `Pulumi.${name}.yaml`));
        const own = await LocalWorkspace.create({ workDir: scratch, pulumiCommand });
        return { project, stack: await own.stackSettings(name) };
    });
}

/** The image that the committed files ask for: the stack's, else the project's default. */
export function configuredImage(committed: DeclaredSettings, name = "image"): string {
    return textSetting(
        committed,
        name,
        "a reference to pull, or the path of an archive that ends in .tar",
    );
}

/** Whether the stack runs progrium's image. */
export function runsProgrium(committed: DeclaredSettings): boolean {
    return textSetting(committed, "imageFlavour", "official or progrium") === "progrium";
}

/** What obtains that image. Today's Consul is built where it cannot be pulled, progrium's is not. */
export function configuredImageTool(committed: DeclaredSettings): Tool<ConsulImage> {
    const image = configuredImage(committed);
    return runsProgrium(committed) ? progriumImageTool(image) : consulImageTool(image);
}

/** Whether the stack's machines are containers on this computer, so that its Docker Engine is needed. */
export function runsOnLab(committed: DeclaredSettings): boolean {
    return textSetting(committed, "driver", "the name of a driver") === "lab";
}

/** Whether these containers run on this computer's usual engine. */
export function usesUsualEngine(committed: DeclaredSettings): boolean {
    const { project, stack } = committed;
    const options =
        stack.config?.[`${project.name}:driverOptions`] ?? defaultOf(project, "driverOptions");
    return runsOnLab(committed) && property(options, "dockerHost") === undefined;
}

/** Where the stack's docker-machine store is, relative to the project. */
export function machineStore(committed: CommittedSettings): string {
    return textSetting(committed, "machineStore", "a folder") || defaultStoreFolder(stackName);
}

/** Where the stack's program keeps what belongs to its cluster. */
export function clusterPlaceOf(committed: CommittedSettings): ClusterPlace {
    return {
        store: machineStore(committed),
        owner: ownerOf(committed.project.name, stackName),
    };
}

/** Where the stack's snapshots are, relative to the project. */
export function snapshotFolder(committed: CommittedSettings): string {
    return textSetting(committed, "snapshots", "a folder") || defaultSnapshotFolder(stackName);
}

function textSetting({ project, stack }: DeclaredSettings, name: string, rule: string): string {
    const value: unknown = stack.config?.[`${project.name}:${name}`] ?? defaultOf(project, name);
    if (typeof value !== "string") {
        throw new Error(
            `Pulumi.${stackName}.yaml: ${project.name}:${name}: got ${JSON.stringify(value)}; ` +
                `expected ${rule}`,
        );
    }
    return value;
}

function defaultOf(project: DeclaredSettings["project"], name: string): unknown {
    return property(property(project.config, name), "default");
}

/** The committed settings without their salt, and with the overrides that have a value. */
export function overlay(
    { project, stack }: CommittedSettings,
    overrides: Overrides,
): StackSettings {
    const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
    const laidOver = given.map(([name, value]) => [`${project.name}:${name}`, value] as const);
    const merged: StackSettings = {
        ...stack,
        config: { ...stack.config, ...(Object.fromEntries(laidOver) as StackSettings["config"]) },
    };
    delete merged.encryptionSalt;
    return merged;
}
