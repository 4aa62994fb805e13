import { Option } from "@commander-js/extra-typings";
import { z } from "zod";
import { commandLine, TaskFailure } from "../show/task.ts";
import { stackName } from "./stackSettings.ts";

/** The operations that `pulumi` has under the same names. */
export type Verb = "preview" | "up" | "refresh" | "destroy";

const flag = z.boolean().exactOptional();
const list = z.array(z.string());
const urns = list.exactOptional();

/** In the words of the Automation API: `--target-dependents` is `targetDependents`. */
const optionsSchema = z.strictObject({
    target: urns,
    targetDependents: flag,
    exclude: urns,
    excludeDependents: flag,
    excludeProtected: flag,
    replace: urns,
    refresh: flag,
    runProgram: flag,
    clearPendingCreates: flag,
    expectNoChanges: flag,
    continueOnError: flag,
    diff: flag,
    remove: flag,
    message: z.string().exactOptional(),
    parallel: z.number().exactOptional(),
    suppressOutputs: flag,
    suppressProgress: flag,
    debug: flag,
});

/** What an operation takes; the Automation API has the same names. */
export type VerbOptions = Readonly<z.infer<typeof optionsSchema>>;

const givenSchema = optionsSchema.extend({
    stack: z.string(),
    configFile: z.string().optional(),
    yes: z.boolean().default(false),
    skipPreview: z.boolean().default(false),
});

/** What a verb is asked for. */
export interface VerbRequest {
    readonly stack: string;
    /** The file of the stack's settings. @default `Pulumi.STACK.yaml` */
    readonly configFile: string | undefined;
    /** Whether nothing is asked. */
    readonly yes: boolean;
    /** Whether nothing is previewed; then nothing is asked either, as with `pulumi`. */
    readonly skipPreview: boolean;
    readonly options: VerbOptions;
}

const purposes: Readonly<Record<Verb, string>> = {
    preview: "Shows what `npm run up` would do.",
    up: "Brings a stack to what its settings declare.",
    refresh: "Takes what is there into a stack's state.",
    destroy: "Removes everything that a stack made.",
};

/** An option, by the verbs that have it in the Automation API. */
type OptionRow = readonly [
    flags: string,
    meaning: string,
    verbs: readonly Verb[],
    read?: (text: string, before: unknown) => unknown,
];

const all: readonly Verb[] = ["preview", "up", "refresh", "destroy"];
const acting: readonly Verb[] = ["up", "refresh", "destroy"];
const updating: readonly Verb[] = ["preview", "up"];

const optionRows: readonly OptionRow[] = [
    ["-s, --stack <name>", `the stack (default: "${stackName}")`, all, readStack],
    ["--config-file <file>", "its settings, in place of Pulumi.STACK.yaml", all],
    ["-y, --yes", "do not ask", acting],
    ["-f, --skip-preview", "neither preview nor ask", acting],
    ["-t, --target <urn>", "this resource, and no other; repeatable", all, collect],
    ["--target-dependents", "and what depends on it", all],
    ["-x, --exclude <urn>", "not this resource; repeatable", all, collect],
    ["--exclude-dependents", "nor what depends on it", all],
    ["--exclude-protected", "leave protected resources", ["destroy"]],
    ["--replace <urn>", "replace this resource; repeatable", updating, collect],
    ["-r, --refresh", "refresh the state first", ["preview", "up", "destroy"]],
    ["--run-program", "let the program set the providers that a refresh or removal asks", all],
    ["--clear-pending-creates", "drop pending creates from the state", ["refresh"]],
    ["--expect-no-changes", "fail where anything changes", ["preview", "up", "refresh"]],
    ["--continue-on-error", "go on after an error", ["up", "destroy"]],
    ["--diff", "show changes property by property", ["preview", "up", "destroy"]],
    ["--remove", "remove the stack too, once it is empty", ["destroy"]],
    ["-m, --message <text>", "a text that is kept with the operation", all],
    ["-p, --parallel <number>", "how many resources at once", all, readParallel],
    ["--suppress-outputs", "do not show the stack's outputs", all],
    ["--suppress-progress", "print no dots while waiting", all],
    ["-d, --debug", "say in detail what is done", all],
];

/**
 * Reads the command line of a verb. It has the options of `pulumi`'s that the Automation API takes.
 *
 * @throws TaskFailure for any other, with all that it takes.
 */
export function readVerb(verb: Verb, args: readonly string[]): VerbRequest {
    const line = commandLine(`npm run ${verb}`, purposes[verb]);
    for (const [flags, meaning, verbs, read] of optionRows) {
        if (verbs.includes(verb)) {
            const option = new Option(flags, meaning);
            line.addOption(read === undefined ? option : option.argParser(read));
        }
    }
    const given = givenSchema.parse({
        stack: stackName,
        ...line.parse([...args], { from: "user" }).opts(),
    });
    const { stack, configFile, yes, skipPreview, ...options } = given;
    return { stack, configFile, yes: yes || skipPreview, skipPreview, options };
}

function readStack(text: string): string {
    // Other programs' stacks have a folder of that name where these have their settings.
    if (!/^[A-Za-z0-9][\w.-]*$/.test(text) || text === "examples") {
        throw new TaskFailure(
            `--stack: got "${text}"; expected a stack's name alone, such as ${stackName}`,
        );
    }
    return text;
}

function readParallel(text: string): number {
    if (!/^[1-9]\d*$/.test(text)) {
        throw new TaskFailure(`--parallel: got "${text}"; expected a number, such as 8`);
    }
    return Number(text);
}

function collect(text: string, before: unknown): unknown[] {
    return [...list.catch([]).parse(before), text];
}
