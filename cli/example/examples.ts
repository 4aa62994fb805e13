import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { commandLine, TaskFailure } from "../show/task.ts";
import { stackName, type ProgramPlace } from "../stack/stackSettings.ts";
import { projectRoot, stateFolder } from "../tools/paths.ts";

/** Where the examples are, a folder each. */
export const examplesFolder: string = join(projectRoot, "examples");

/** Where every example keeps docker-machine's store, relative to its own folder. */
export const machinesFolder = ".state/machines";

/** The names of all examples. */
export function exampleNames(): string[] {
    return readdirSync(examplesFolder)
        .filter((name) => existsSync(join(examplesFolder, name, "Pulumi.yaml")))
        .sort();
}

/** The place of an example's program, and of what its stack leaves. */
export function examplePlace(name: string): ProgramPlace {
    return {
        stackName,
        folder: join(examplesFolder, name),
        workFolder: join(stateFolder, "run", "examples", name, stackName),
    };
}

/** What `npm run example` is asked for. */
export interface ExampleRequest {
    readonly name: string;
    /** Whether the example is removed instead of brought up. */
    readonly destroy: boolean;
    /** Settings laid over those of the example's stack file. */
    readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Reads `clients --set subnet=10.89.7.0/24`.
 *
 * @param names the examples that there are.
 * @throws TaskFailure that says what would have been right.
 */
export function readRequest(args: readonly string[], names: readonly string[]): ExampleRequest {
    const readName = (name: string) => {
        if (!names.includes(name)) {
            throw new TaskFailure(`example: got "${name}"; expected one of ${names.join(", ")}`);
        }
        return name;
    };
    const command = commandLine(
        "npm run example",
        "Brings an example up, and checks what it shows.",
    )
        .argument("<name>", `one of ${names.join(", ")}`, readName)
        .option("--destroy", "removes it instead")
        .option("--set <key=value>", "a setting, such as datacenter=dc2; repeatable", readSetting)
        .parse(args, { from: "user" });
    const { destroy = false, set: settings = {} } = command.opts();
    return { name: command.processedArgs[0], destroy, settings };
}

function readSetting(text: string, others: ExampleRequest["settings"] = {}) {
    const [, key, value] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
        throw new TaskFailure(`--set: got "${text}"; expected KEY=VALUE, such as datacenter=dc2`);
    }
    return { ...others, [key]: fromJson(value) };
}

/** A list or number is written as JSON; anything else is the text as it stands. */
function fromJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
