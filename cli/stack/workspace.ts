import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
    LocalWorkspace,
    type LocalWorkspaceOptions,
    type OutputMap,
    type PulumiCommand,
    type PulumiFn,
    type Stack,
    StackNotFoundError,
    type StackSettings,
} from "@pulumi/pulumi/automation/index.js";
import { startProviders } from "../../providers/index.ts";
import { property } from "../../scripts/system/json.ts";
import { TaskFailure } from "../show/task.ts";
import type { Machinery } from "../tools/everything.ts";
import { projectRoot } from "../tools/paths.ts";
import type { Pulumi } from "../tools/pulumi.ts";
import type { Outputs } from "./stackNodes.ts";
import { directEnvironment } from "./directHosts.ts";
import { backendFolder, localBackend, passphraseFile, prepareLocalState } from "./environment.ts";
import { removeDeadLocks, repairLocalState } from "./localState.ts";
import {
    backendFile,
    checkBackend,
    environmentNow,
    mainPlace,
    removeWorkFolder,
    stackPlaceOf,
} from "./stackPlaces.ts";
import { encryptedKeys, secretKeysVariable } from "./declaredSettings.ts";
import {
    commandOf,
    committedSettings,
    overlay,
    type CommittedSettings,
    type Overrides,
    type ProgramPlace,
} from "./stackSettings.ts";

export type { Outputs } from "./stackNodes.ts";

/** The same program that `pulumi up` runs; its exports are the stack's outputs. */
export const mainProgram: PulumiFn = () => importAgain(join(projectRoot, "index.ts"));

/**
 * Runs a module, and resolves with what it exports, by default if it does so, each time it is called. Imported a second time in the usual way it
 * would not run: as a Pulumi program it would declare nothing, and an `up` after a preview would remove everything.
 */
export async function importAgain(file: string): Promise<Outputs> {
    runs += 1;
    const url = pathToFileURL(file);
    url.searchParams.set("run", String(runs));
    const exported: unknown = await import(url.href);
    // As Pulumi does it itself: a default export goes before all others.
    const outputs = property(exported, "default") ?? exported;
    return typeof outputs === "object" ? { ...outputs } : {};
}

let runs = 0;

/** What a stack is opened with. */
export interface StackRequest {
    readonly tools: Pick<Machinery, "pulumi" | "providers">;
    readonly program: PulumiFn;
    /** @default none */
    readonly overrides?: Overrides;
    /** @default the main program's stack that `npm start` brings up */
    readonly place?: ProgramPlace | undefined;
    /** Whether a stack that does not exist is refused. @default it is made */
    readonly mustExist?: boolean;
}

/** With them Pulumi neither runs a plugin of this computer nor fetches one. */
export const embeddedOnly = {
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
};

/**
 * Opens a stack for the Automation API. Its settings are a private copy of the committed ones, but the program and
 * its Commands run in the program's own folder, as `pulumi up` has it. Embedded providers run as long as the work.
 *
 * @throws TaskFailure where the stack must exist and does not.
 */
export async function withStack<T>(
    request: StackRequest,
    work: (stack: Stack) => Promise<T>,
): Promise<T> {
    const { tools, place = mainPlace } = request;
    const committed = await committedSettings(tools.pulumi, place);
    const stackSettings = overlay(committed, request.overrides ?? {});
    const direct = await directEnvironment(
        { project: committed.project, stack: { config: stackSettings.config } },
        place.stackName,
    );
    const secrets = { [secretKeysVariable]: JSON.stringify(encryptedKeys(stackSettings)) };
    const envVars = enterEnvironment(committed.project.name, place, { ...direct, ...secrets });
    if (tools.providers.kind === "official") {
        return work(await openStack(request, committed, envVars));
    }
    const providers = await startProviders({ folder: place.folder, env: envVars });
    try {
        const env = { ...envVars, ...embeddedOnly, ...providers.environment };
        return await work(await openStack(request, committed, env));
    } finally {
        await providers.close();
    }
}

async function openStack(
    { tools, program, overrides = {}, place = mainPlace, mustExist = false }: StackRequest,
    committed: CommittedSettings,
    envVars: Record<string, string>,
): Promise<Stack> {
    const { stackName, folder, workFolder } = place;
    const pulumiCommand = await commandOf(tools.pulumi);
    const salt = await saltFor(pulumiCommand, committed.stack, place);
    const stack = { stackName, projectName: committed.project.name, program };
    const options: LocalWorkspaceOptions = {
        workDir: workFolder,
        pulumiCommand,
        envVars,
        // The folder of `main` is where Pulumi runs the program's Commands.
        projectSettings: { ...committed.project, main: folder },
        stackSettings: { [stackName]: { ...overlay(committed, overrides), ...salt } },
    };
    if (!mustExist) {
        return LocalWorkspace.createOrSelectStack(stack, options);
    }
    return LocalWorkspace.selectStack(stack, options).catch((error: unknown) => {
        if (!(error instanceof StackNotFoundError)) {
            throw error;
        }
        removeWorkFolder(place);
        throw new TaskFailure(`There is no stack named ${stackName}: \`npm run up\` makes it.`);
    });
}

/** The outputs of that stack; undefined where there is none. */
export async function readStackOutputs(
    pulumi: Pulumi,
    place: ProgramPlace = mainPlace,
): Promise<Outputs | undefined> {
    const found = stackPlaceOf(place);
    if (found === undefined) {
        return undefined;
    }
    const workspace = await LocalWorkspace.create({
        workDir: found.workFolder,
        pulumiCommand: await commandOf(pulumi),
        envVars: { ...found.environment },
    });
    // A stack that does not exist is an error like any other there.
    return workspace.stackOutputs(found.stack).then(plainOutputs, () => undefined);
}

/** The values of a stack's outputs. */
export function plainOutputs(outputs: OutputMap): Outputs {
    return Object.fromEntries(
        Object.entries(outputs).map(([name, { value }]): [string, unknown] => [name, value]),
    );
}

/** Sets the variables that Pulumi runs with here too: the program runs in this process. */
function enterEnvironment(
    projectName: string,
    place: ProgramPlace,
    direct: Readonly<Record<string, string>>,
): Record<string, string> {
    const { backend, envVars: own } = environmentNow();
    const envVars = { ...own, ...direct };
    checkBackend(backend, place);
    mkdirSync(place.workFolder, { recursive: true });
    writeFileSync(backendFile(place), backend);
    Object.assign(process.env, envVars);
    prepareLocalState();
    if (backend === localBackend) {
        repairLocalState(backendFolder);
        removeDeadLocks(backendFolder, projectName, place.stackName);
    }
    return envVars;
}

/**
 * The salt of the stack's secrets. The committed one belongs to a passphrase of the user's own: with that it is
 * taken, for the committed secrets are encrypted with it, else what Pulumi wrote into the private copy.
 */
async function saltFor(
    pulumiCommand: PulumiCommand,
    committed: StackSettings,
    { stackName, workFolder }: ProgramPlace,
): Promise<StackSettings> {
    const earlier = existsSync(join(workFolder, `Pulumi.${stackName}.yaml`))
        ? await LocalWorkspace.create({ workDir: workFolder, pulumiCommand })
        : undefined;
    const own = await earlier?.stackSettings(stackName);
    const isGenerated = process.env.PULUMI_CONFIG_PASSPHRASE_FILE === passphraseFile;
    const salt = (isGenerated ? undefined : committed.encryptionSalt) ?? own?.encryptionSalt;
    return salt === undefined ? {} : { encryptionSalt: salt };
}
