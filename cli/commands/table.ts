import { exitCodes } from "../show/exitCodes.ts";
import { shells } from "../verbs/shells.ts";
import { importRow } from "./importRow.ts";
import {
    addressOption,
    jsonOption,
    ofCluster,
    ofStack,
    yesOption,
    type OptionRow,
} from "./options.ts";
import type { CommandRow } from "./rows.ts";

export type { CommandRow } from "./rows.ts";

const missing = [exitCodes.missing, "there is no such stack, cluster or node"] as const;
const unwell = [exitCodes.unwell, "the cluster is not as it should be"] as const;

/** All commands, in the order in which the help has them. */
export const commands: readonly CommandRow[] = [
    {
        name: "start",
        purpose: "Brings a stack to what its program declares; starts what is stopped.",
        options: [
            ...ofCluster,
            yesOption,
            jsonOption,
            {
                flags: "--servers <number>",
                meaning: "how many servers, such as 3 or 5",
                value: { kind: "count" },
                isClones: true,
            },
        ],
        exits: [missing, unwell],
    },
    {
        name: "stop",
        purpose: "Removes everything that a stack made.",
        options: [
            ...ofStack,
            yesOption,
            jsonOption,
            { flags: "--remove", meaning: "remove the stack too, once it is empty" },
        ],
        exits: [missing],
    },
    {
        name: "status",
        purpose: "Says which nodes there are, and how the cluster has them.",
        options: [...ofCluster, jsonOption],
        exits: [missing, unwell],
    },
    {
        name: "doctor",
        purpose: "Says what is wrong, why, and what to do.",
        options: [
            ...ofCluster,
            jsonOption,
            {
                flags: "--address <url>",
                meaning: "an agent of another cluster: http://10.0.0.11:8500",
                value: { kind: "url" },
            },
            {
                flags: "--hosts",
                meaning:
                    "the hosts that the settings name, before they are machines, and nothing else",
                isClones: true,
            },
        ],
        exits: [missing, unwell],
    },
    {
        name: "logs",
        purpose: "Prints the log of a node's agent.",
        arguments: [{ name: "<node>", meaning: "the node's name" }],
        options: [
            ...ofCluster,
            { flags: "-f, --follow", meaning: "wait for more" },
            {
                flags: "-n, --tail <number>",
                meaning: "this many of the last lines (default: 100; with --since all)",
                value: { kind: "count" },
            },
            { flags: "--since <time>", meaning: "a duration, such as 10m, or a moment" },
            { flags: "--json", meaning: "print a line of JSON for each line" },
        ],
        exits: [missing],
    },
    {
        name: "consul",
        purpose: "Runs Consul's own command in a node's container.",
        arguments: [
            { name: "<node>", meaning: "the node's name" },
            { name: "[words...]", meaning: "arguments of consul, behind --" },
        ],
        passesOn: true,
        options: ofCluster,
        exits: [[exitCodes.notRun, "consul was not run; any other code is consul's own"]],
    },
    {
        name: "env",
        purpose: "Prints lines for a shell: where the cluster is, its CA, and a token.",
        options: [
            ...ofCluster,
            {
                flags: "--shell <name>",
                meaning: `${shells.join(", ")} (default: by the variable SHELL)`,
                value: { kind: "choice", choices: shells },
            },
            { flags: "--unset", meaning: "print lines that take it back" },
            { flags: "--show-secrets", meaning: "print the token on a terminal and in JSON, too" },
            jsonOption,
        ],
        exits: [missing],
    },
    {
        name: "ui",
        purpose: "Says where Consul's UI is, and how to log in.",
        options: [...ofCluster, { flags: "--open", meaning: "open it in a browser" }, jsonOption],
        exits: [missing],
    },
    {
        name: "snapshot",
        purpose: "Takes a snapshot of the cluster's data.",
        options: [
            ...ofCluster,
            {
                flags: "--folder <folder>",
                meaning: "where it is kept (default: the stack's folder of snapshots)",
                value: { kind: "folder" },
            },
            addressOption,
            jsonOption,
        ],
        exits: [missing],
    },
    {
        name: "restore",
        purpose: "Replaces the cluster's data by a snapshot's.",
        arguments: [
            {
                name: "[file]",
                meaning: "the snapshot (default: the newest of the stack's)",
                offers: "file",
            },
        ],
        options: [...ofCluster, yesOption, addressOption, jsonOption],
        exits: [missing],
    },
    {
        name: "recover",
        purpose: "Makes a cluster of the remaining servers of one that lost its quorum.",
        options: [
            ...ofCluster,
            yesOption,
            {
                flags: "--without <servers...>",
                meaning: "servers to abandon although their machines answer",
                value: { kind: "words" },
            },
            jsonOption,
        ],
        exits: [missing],
    },
    {
        name: "topology",
        purpose: "Draws machines, the containers on them, and who joins whom.",
        options: [
            ...ofCluster,
            {
                flags: "--format <name>",
                meaning: "text, mermaid or svg (default: by the file's name, else text)",
                value: { kind: "choice", choices: ["text", "mermaid", "svg"] },
            },
            {
                flags: "-o, --output <file>",
                meaning: "where it is written (default: standard output)",
                value: { kind: "file" },
            },
            { flags: "--offline", meaning: "ask no agent who leads" },
            jsonOption,
        ],
        exits: [missing],
    },
    importRow,
    {
        name: "bundle",
        purpose: "Writes an archive for a bug report, without secrets.",
        options: [
            ...ofStack,
            {
                flags: "-o, --output <file>",
                meaning: "where it is written (default: a file of this folder)",
                value: { kind: "file" },
            },
            jsonOption,
        ],
        exits: [missing],
    },
];

/** The shells for which there is a completion. */
export const completionShells = ["bash", "zsh", "fish"] as const;

/** What prints a completion. It is about no stack. */
export const completionRow: CommandRow = {
    name: "completion",
    purpose: "Prints what completes these commands in a shell.",
    arguments: [
        { name: "<shell>", meaning: completionShells.join(", "), offers: completionShells },
    ],
    options: [],
};

/** The options that a clone has, or those that the package has. */
export function optionsOf({ options }: CommandRow, isClone: boolean): OptionRow[] {
    return options.filter(({ isClones = false }) => isClone || !isClones);
}
