import { dirname } from "node:path";
import {
    LocalWorkspace,
    type ProjectSettings,
    PulumiCommand,
    type StackSettings,
} from "@pulumi/pulumi/automation/index.js";
import { defaultSnapshotFolder, defaultStoreFolder } from "../../scripts/protocol/names.ts";
import { property } from "../../scripts/system/json.ts";
import { consulImageTool, type ConsulImage } from "../tools/consulImage.ts";
import type { Tool } from "../tools/obtain.ts";
import { projectRoot } from "../tools/paths.ts";
import { progriumImageTool } from "../tools/programImages.ts";
import type { Pulumi } from "../tools/pulumi.ts";

/** The stack that `npm start` brings up. */
export const stackName = "dev";

/** What the committed files say about the stack. */
export interface CommittedSettings {
    readonly project: ProjectSettings;
    readonly stack: StackSettings;
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
 * @param folder where they are. @default the main program's
 */
export async function committedSettings(
    pulumi: Pulumi,
    folder: string = projectRoot,
): Promise<CommittedSettings> {
    const pulumiCommand = await commandOf(pulumi);
    const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand });
    return {
        project: await workspace.projectSettings(),
        stack: await workspace.stackSettings(stackName),
    };
}

/** The image that the committed files ask for: the stack's, else the project's default. */
export function configuredImage(committed: CommittedSettings, name = "image"): string {
    return textSetting(
        committed,
        name,
        "a reference to pull, or the path of an archive that ends in .tar",
    );
}

/** Whether the stack runs progrium's image. */
export function runsProgrium(committed: CommittedSettings): boolean {
    return textSetting(committed, "imageFlavour", "official or progrium") === "progrium";
}

/** What obtains that image. Today's Consul is built where it cannot be pulled, progrium's is not. */
export function configuredImageTool(committed: CommittedSettings): Tool<ConsulImage> {
    const image = configuredImage(committed);
    return runsProgrium(committed) ? progriumImageTool(image) : consulImageTool(image);
}

/** Where the stack's docker-machine store is, relative to the project. */
export function machineStore(committed: CommittedSettings): string {
    return textSetting(committed, "machineStore", "a folder") || defaultStoreFolder(stackName);
}

/** Where the stack's snapshots are, relative to the project. */
export function snapshotFolder(committed: CommittedSettings): string {
    return textSetting(committed, "snapshots", "a folder") || defaultSnapshotFolder(stackName);
}

function textSetting({ project, stack }: CommittedSettings, name: string, rule: string): string {
    const value: unknown = stack.config?.[`${project.name}:${name}`] ?? defaultOf(project, name);
    if (typeof value !== "string") {
        throw new Error(
            `Pulumi.${stackName}.yaml: ${project.name}:${name}: got ${JSON.stringify(value)}; ` +
                `expected ${rule}`,
        );
    }
    return value;
}

function defaultOf(project: ProjectSettings, name: string): unknown {
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
