import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { givenSchema, type Given } from "../verbs/given.ts";
import { packageVersion } from "../show/packageVersion.ts";
import type { OptionRow, OptionValue } from "./options.ts";
import { commands, completionRow, optionsOf, type CommandRow } from "./table.ts";

/** What a command line asks for. */
export interface ReadCall {
    readonly name: string;
    readonly args: readonly string[];
    readonly options: Given;
}

/** How the commands are called. */
export interface Calling {
    /** What stands before a command's name: `consul-machines`, or `npm run`. */
    readonly program: string;
    /** What stands behind it, before its options. @default nothing */
    readonly separator?: string;
    readonly isClone: boolean;
}

/** The help was printed, and nothing else is to be done. */
export class HelpShown extends Error {}

/**
 * Reads a command line.
 *
 * @throws HelpShown where it asks for help, which is printed; TaskFailure that says what is wrong, with the help.
 */
export function readCall(words: readonly string[], calling: Calling): ReadCall {
    let found: ReadCall | undefined;
    const root = new Command(calling.program)
        .usage(
            calling.isClone ? `COMMAND ${calling.separator ?? ""} [options]` : "COMMAND [options]",
        )
        .description("Works on Consul clusters that a Pulumi program made with consul-machines.")
        .version(packageVersion(), "--version", "print the version")
        .helpOption("-h, --help", "print this; behind a command, what it takes")
        .helpCommand(false)
        .addHelpText("after", `\nExit codes:\n${exitLines(generalExits)}`);
    const all = [...commands, completionRow].map((row) => {
        const command = commandOf(row, calling, (call) => {
            found = call;
        });
        root.addCommand(command);
        return command;
    });
    if (words.length === 0) {
        throw new TaskFailure(`expected a command\n\n${root.helpInformation()}`, exitCodes.misused);
    }
    try {
        [root, ...all].forEach(throwing);
        root.parse(words, { from: "user" });
    } catch (error) {
        throw explained(error, all.find((one) => one.name().split(" ")[0] === words[0]) ?? root);
    }
    if (found === undefined) {
        throw new TaskFailure(`expected a command: got ${words.join(" ")}`, exitCodes.misused);
    }
    return found;
}

const generalExits: NonNullable<CommandRow["exits"]> = [
    [exitCodes.done, "done; all is as it should be"],
    [exitCodes.failed, "failed; the message says why"],
    [exitCodes.misused, "the command line is wrong"],
];

type AnyCommand = Pick<Command, "exitOverride" | "configureOutput" | "helpInformation" | "name">;

/** Commander ends the process otherwise. */
function throwing(command: AnyCommand): void {
    command.configureOutput({ outputError: () => undefined }).exitOverride();
}

function explained(error: unknown, command: AnyCommand): unknown {
    if (!(error instanceof CommanderError)) {
        return error;
    }
    if (error.exitCode === 0) {
        return new HelpShown();
    }
    const reason = error.message.replace(/^error: /, "");
    return new TaskFailure(`${reason}\n\n${command.helpInformation()}`, exitCodes.misused);
}

function commandOf(
    row: CommandRow,
    { separator = "", isClone }: Calling,
    read: (call: ReadCall) => void,
): Command {
    const { name, purpose, arguments: declared = [], exits = [], passesOn = false } = row;
    const shown = declared.map((one) =>
        passesOn && one.name.endsWith("...]") ? "-- [words...]" : one.name,
    );
    const all = passesOn ? exits : [...generalExits, ...exits];
    const usage = [separator, "[options]", ...shown].filter((word) => word !== "").join(" ");
    const command: Command = new Command(name)
        .description(purpose)
        .usage(usage)
        .helpOption("-h, --help", "print this")
        .addHelpText("after", exits.length === 0 ? "" : `\nExit codes:\n${exitLines(all)}`);
    for (const { name: argument, meaning } of declared) {
        command.argument(argument, meaning);
    }
    for (const option of optionsOf(row, isClone)) {
        command.addOption(optionOf(option));
    }
    return command.action(() => {
        const options = givenSchema.parse(command.opts());
        read({ name, args: command.args, options });
    });
}

function exitLines(exits: NonNullable<CommandRow["exits"]>): string {
    return exits.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join("\n");
}

function optionOf({ flags, meaning, value }: OptionRow): Option {
    const option = new Option(flags, meaning);
    if (value === undefined) {
        return option;
    }
    const name = /--[\w-]+/.exec(flags)?.[0] ?? flags;
    switch (value.kind) {
        case "choice":
            return option.choices(value.choices);
        case "words":
            return option;
        default:
            return option.argParser((text) => valueOf(name, text, value.kind));
    }
}

/** @throws TaskFailure for a value that it cannot have. */
function valueOf(name: string, text: string, kind: OptionValue["kind"]): unknown {
    const refuse = (rule: string) =>
        new TaskFailure(`${name}: got "${text}"; expected ${rule}`, exitCodes.misused);
    switch (kind) {
        case "count":
            if (!/^[1-9]\d*$/.test(text)) {
                throw refuse("a number, such as 3 or 5");
            }
            return Number(text);
        case "stack":
            // One name alone, or with its project and organization.
            if (!/^[A-Za-z0-9][\w.-]*(\/[\w.-]+){0,2}$/.test(text)) {
                throw refuse("a stack's name, such as dev");
            }
            return text;
        case "url":
            if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
                throw refuse("an agent's HTTP API, such as http://10.0.0.11:8500");
            }
            return new URL(text).origin;
        default:
            if (text === "") {
                throw refuse("a path");
            }
            return text;
    }
}
