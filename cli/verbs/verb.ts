import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { CheckedSettings } from "../import/checkedPlacement.ts";
import type { SettingsOwner } from "../import/libraryCheck.ts";
import type { ToolFact } from "../show/tools.ts";
import {
    clusterOf,
    openStack,
    type OpenedStack,
    type StackChoice,
    type StackPlace,
} from "../stack/openStack.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import type { HostsAnswer } from "./answers.ts";
import type { Given } from "./given.ts";

/** One call of a command. */
export interface Call {
    readonly options: Given;
    /** Its arguments, such as the name of a node; what follows `--` among them. */
    readonly args: readonly string[];
    /** The folder that paths of its command line are relative to. */
    readonly from: string;
    readonly door: Door;
}

/** Where commands are run from: a clone of this project, or the package. */
export interface Door {
    /** What a person types in place of `npm run VERB --` in a message. */
    readonly said: (text: string) => string;
    /** Finds a stack, and Pulumi's CLI. */
    readonly find: (
        choice: StackChoice,
    ) => Promise<{ readonly place: StackPlace; readonly pulumi: PulumiCommand }>;
    /** The tools of this computer. */
    readonly tools: (pulumi: PulumiCommand | undefined) => Promise<readonly ToolFact[]>;
    /** Looks at the hosts that a stack's settings name. @default a program's hosts are known to it alone */
    readonly hosts?: (
        call: Call,
    ) => Promise<{ readonly answer: HostsAnswer; readonly text: string }>;
    /** Checks a stack's settings by the rules of its program. @default what the library has of them: the package is
     * without the program */
    readonly settingsCheck?: (
        texts: Readonly<Record<string, string>>,
        owner: SettingsOwner,
    ) => Promise<CheckedSettings>;
    /** Brings up, or removes, the stack that this place has its own way for; false where the stack is another one. */
    readonly own?: Readonly<Record<"start" | "stop", (call: Call) => Promise<boolean>>>;
}

/** Does what a command is for. It sets the exit code where that is not 0, and throws where it fails. */
export type Verb = (call: Call) => Promise<void>;

/** A stack, one cluster of it, and Pulumi's CLI. */
export interface OpenedCluster {
    readonly stack: OpenedStack;
    readonly cluster: StateCluster;
    readonly pulumi: PulumiCommand;
}

/** Reads the state of the stack that a call is about. From then on this process is in the program's own folder. */
export async function openedStack(call: Call): Promise<Omit<OpenedCluster, "cluster">> {
    const { place, pulumi } = await call.door.find(call.options);
    const stack = await openStack(place, pulumi);
    // What the state names is relative to it: the store, and the snapshots.
    process.chdir(stack.folder);
    return { stack, pulumi };
}

/** The same, with the cluster that is meant. */
export async function openedCluster(call: Call): Promise<OpenedCluster> {
    const opened = await openedStack(call);
    return { ...opened, cluster: clusterOf(opened.stack, call.options.cluster) };
}

/** Prints what a command has found: as JSON where that is asked for, and else as a text. */
export function print({ options, door }: Call, answer: object, text: string): void {
    process.stdout.write(`${options.json ? JSON.stringify(answer, null, 4) : door.said(text)}\n`);
}

/** Where a call says what it is doing: not on standard output where that is read by a program. */
export function report({ options, door }: Pick<Call, "options" | "door">): (line: string) => void {
    const stream = options.json ? process.stderr : process.stdout;
    return (line) => {
        stream.write(`${door.said(line)}\n`);
    };
}
