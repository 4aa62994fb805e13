import { resolve } from "node:path";
import type { Json } from "../../components/agent/agentConfig.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { checkedPlacement, type CheckedPlacement } from "../import/checkedPlacement.ts";
import { readConfiguration, type Configuration } from "../import/configuration.ts";
import { libraryCheck } from "../import/libraryCheck.ts";
import { indexOfNode, nodeList } from "../import/mergeSettings.ts";
import { roleIn } from "../import/place.ts";
import type { PlacedSecret } from "../import/placed.ts";
import { importText } from "../import/report.ts";
import { secretCommand, setSecret } from "../import/setSecrets.ts";
import { readSources, type Sources } from "../import/sources.ts";
import { StackFile, stackNamed } from "../import/stackFile.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { projectFolder } from "../stack/openStack.ts";
import type { ImportAnswer } from "./answers.ts";
import { print, report, type Call, type Verb } from "./verb.ts";

/**
 * Reads files of Consul's configuration and puts into the stack's file what has a place there; lists all else with the
 * reason. Without `--write` it changes nothing.
 */
export const importFiles: Verb = async (call) => {
    const { options, args, from, door } = call;
    const sources = await readSources(args, from);
    const folder = projectFolder(resolve(from, options.cwd ?? "."));
    const stack = stackNamed(folder, options.stack);
    const file = new StackFile(folder, stack);
    if (!file.declared.has("agentConfig")) {
        throw new TaskFailure(
            `${folder}/Pulumi.yaml: it declares no setting agentConfig, so it is no program of this project's settings; ` +
                "name a clone's folder with --cwd. A program of your own takes the same as arguments of the library: docs/library.md",
            exitCodes.missing,
        );
    }
    const configuration = readConfiguration(sources.files);
    const target = targetOf(call, file, configuration);
    const check = door.settingsCheck ?? libraryCheck;
    const checked = await checkedPlacement(
        configuration,
        target,
        file.settings,
        (texts, secretKeys) => check(texts, { project: file.project, stack, secretKeys }),
    );
    const isRefused = checked.conflicts.length > 0 && !options.overwrite;
    const isWritten = options.write && !isRefused && checked.problems.length === 0;
    if (isWritten) {
        file.write(newSettings(checked));
    }
    const unset = isWritten
        ? await setSecrets(call, file.project, checked.placement.secrets)
        : undefined;
    const answer = answerOf(checked, { sources, target, file, stack, isWritten, unset });
    print(call, answer, importText(answer));
    if (options.write && !isWritten) {
        process.exitCode = exitCodes.failed;
    } else if (checked.problems.length > 0 || (unset?.size ?? 0) > 0) {
        process.exitCode = exitCodes.unwell;
    }
};

function targetOf(call: Call, file: StackFile, configuration: Configuration) {
    const { node, role: asked } = call.options;
    const before = file.settings;
    const role = asked ?? roleIn(configuration);
    const nodes = nodeList(before[`${role}s`], [`${role}s`]);
    const index = indexOfNode(nodes, node);
    if (node !== undefined && index === -1 && typeof before[`${role}s`] === "number") {
        throw new TaskFailure(
            `--node: got "${node}"; ${role}s is a count in the stack's file, and makes ${nodes.length} nodes of other ` +
                "names: list them there first",
            exitCodes.missing,
        );
    }
    const security = before.security === "open" ? "open" : "full";
    const { declared } = file;
    return {
        role,
        node,
        nodeIndex: index === -1 ? nodes.length : index,
        security,
        declared,
    } as const;
}

/** The settings that the files have a part in, as they are from now on. */
function newSettings({ placement, settings }: CheckedPlacement): Readonly<Record<string, Json>> {
    const entries = Object.keys(placement.settings).map((key) => [key, settings[key]] as const);
    return Object.fromEntries(
        entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
    );
}

/** Sets the secrets where the stack is there and Pulumi has what encrypts them; returns those that are not set. */
async function setSecrets(
    call: Call,
    project: string,
    secrets: readonly PlacedSecret[],
): Promise<ReadonlySet<PlacedSecret>> {
    const unset = new Set(secrets);
    if (secrets.length === 0) {
        return unset;
    }
    const say = report(call);
    try {
        const { place: found, pulumi } = await call.door.find(call.options);
        for (const one of secrets) {
            await setSecret({ ...found, command: pulumi.command }, project, one);
            unset.delete(one);
        }
    } catch (error) {
        say(`${describeError(error)}\nSet the secrets by the lines below.`);
    }
    return unset;
}

interface Imported {
    readonly sources: Sources;
    readonly target: ReturnType<typeof targetOf>;
    readonly file: StackFile;
    readonly stack: string;
    readonly isWritten: boolean;
    /** Secrets that are still to be set; undefined for all. */
    readonly unset: ReadonlySet<PlacedSecret> | undefined;
}

function answerOf(
    { placement, settings, conflicts, problems, warnings }: CheckedPlacement,
    { sources, target, file, stack, isWritten, unset }: Imported,
): ImportAnswer {
    const keys = Object.keys(placement.settings);
    return {
        project: file.project,
        stack,
        stackFile: file.path,
        isWritten,
        role: target.role,
        node: target.node ?? null,
        files: sources.files.map(({ path }) => path),
        skipped: [...sources.skipped],
        settings: Object.fromEntries(
            Object.entries(settings).filter(([key]) => keys.includes(key)),
        ) as ImportAnswer["settings"],
        placed: [...placement.placed],
        secrets: placement.secrets.map((secret) => {
            const { key, file: path, setting } = secret;
            const command = secretCommand(file.project, stack, secret);
            return { key, file: path, setting, command, isSet: unset?.has(secret) === false };
        }),
        left: [...placement.left],
        conflicts: [...conflicts],
        problems: [...problems],
        warnings: [...warnings],
    };
}
