import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** What a Command of ours runs, and when. */
export interface ScriptArgs {
    /** Noun and verb of `scripts/run.ts` that make the thing, for example `machine up`; run when it
     * is declared first and when the request changes. @default nothing is to be made */
    readonly up?: string;
    /** Noun and verb run when the request changes, in place of `up`. @default `up` */
    readonly change?: string;
    /** Noun and verb that remove it. @default nothing is to be removed */
    readonly down?: string;
    /** What the script reads on standard input, kept and shown as it is. One with secrets in it is marked as a secret:
     * its script may not repeat any of it in a message. */
    readonly request: pulumi.Input<object>;
    /** Values whose change replaces the thing instead of running `up` again. @default none */
    readonly identity?: pulumi.Input<pulumi.Input<string>[]>;
    /** Whether the answer is a secret. @default false */
    readonly secretAnswer?: boolean;
    /** Whether the script that runs on a change finds the answer of before in its environment, as
     * `PULUMI_COMMAND_STDOUT`. @default false */
    readonly givePreviousAnswer?: boolean;
}

/** A Command that runs one of our scripts. */
export type ScriptCommand = command.local.Command;

/** The scripts' entry, relative to where Pulumi runs commands: an absolute path would change every
 * Command in another checkout. */
export function scriptEntry(): string {
    const entry = fileURLToPath(new URL("../../scripts/entry.js", import.meta.url));
    return relative(process.cwd(), entry).replaceAll("\\", "/");
}

/**
 * Declares a Command that runs one of our scripts. Node is the interpreter, so no shell reads what
 * we write; the script's progress is shown, its answer is not logged.
 */
export function scriptCommand(
    name: string,
    args: ScriptArgs,
    opts: pulumi.CustomResourceOptions,
): ScriptCommand {
    const { up, change = up, down, identity, givePreviousAnswer = false } = args;
    const inputs: command.local.CommandArgs = {
        interpreter: ["node", scriptEntry()],
        stdin: pulumi.output(args.request).apply((request) => JSON.stringify(request)),
        logging: command.types.enums.local.Logging.Stderr,
        addPreviousOutputInEnv: givePreviousAnswer,
        ...(up === undefined ? {} : { create: up }),
        ...(change === undefined ? {} : { update: change }),
        ...(down === undefined ? {} : { delete: down }),
        ...(identity === undefined ? {} : { triggers: identity }),
    };
    return new command.local.Command(name, inputs, {
        ...opts,
        // Names are physical: the old thing must be removed before the new one is made.
        deleteBeforeReplace: true,
        ...(args.secretAnswer === true ? { additionalSecretOutputs: ["stdout"] } : {}),
    });
}

/**
 * Runs the script that made a Command of ours, once more and as the Command does. It is for hooks: the Command has been
 * brought up.
 *
 * @throws Error with the last lines that the script printed.
 */
export async function runAgain(made: ScriptCommand): Promise<void> {
    // Loaded by hardly any run.
    const { default: spawn, SubprocessError } = await import("nano-spawn");
    const inputs = pulumi.all([made.interpreter, made.create, made.stdin]);
    const [interpreter, create, stdin] = await new Promise<Resolved<typeof inputs>>((resolve) =>
        inputs.apply(resolve),
    );
    const [program, ...words] = [...(interpreter ?? []), create ?? ""];
    try {
        await spawn(program, words, { stdin: { string: stdin ?? "" } });
    } catch (error) {
        const printed = error instanceof SubprocessError ? error.stderr : String(error);
        throw new Error(printed.trim().split("\n").slice(-lastLines).join("\n"), { cause: error });
    }
}

/** The value of an output. */
type Resolved<T> = T extends pulumi.Output<infer V> ? V : never;

/** How many lines of a script's progress tell why it failed. */
const lastLines = 3;
