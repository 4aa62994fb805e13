/** An option, as the help shows it. */
export interface OptionRow {
    /** As commander takes them: `--tail <number>`. */
    readonly flags: string;
    readonly meaning: string;
    /** What its value is; it says how it is read, and what a shell offers. @default it has none, or any text */
    readonly value?: OptionValue;
    /** Whether only a clone of this project has it. @default false */
    readonly isClones?: boolean;
}

/** What the value of an option is. */
export type OptionValue =
    | { readonly kind: "stack" | "folder" | "file" | "count" | "url" }
    | { readonly kind: "words" }
    | { readonly kind: "choice"; readonly choices: readonly string[] };

const stackOption: OptionRow = {
    flags: "-s, --stack <name>",
    meaning: "the stack (default: the selected one)",
    value: { kind: "stack" },
};
const cwdOption: OptionRow = {
    flags: "-C, --cwd <folder>",
    meaning: "the program's folder (default: this one, or the first above it with a Pulumi.yaml)",
    value: { kind: "folder" },
};
const clusterOption: OptionRow = {
    flags: "--cluster <name>",
    meaning: "the cluster's name in its program, where it declares several",
};
/** That the answer is JSON. */
export const jsonOption: OptionRow = { flags: "--json", meaning: "print JSON" };
/** That nothing is asked. */
export const yesOption: OptionRow = { flags: "-y, --yes", meaning: "do not ask" };

/** Which stack it is about. */
export const ofStack = [stackOption, cwdOption];
/** Which of its clusters, too. */
export const ofCluster = [...ofStack, clusterOption];

/** Which cluster, where it is no stack's of this shell. */
export const addressOption: OptionRow = {
    flags: "--address <url>",
    meaning: "a server of another cluster, in place of the stack's: https://10.0.0.11:8501",
    value: { kind: "url" },
};

/** The flags of an option as they are typed: `-s` and `--stack`. */
export function flagsOf({ flags }: OptionRow): string[] {
    return flags.match(/(?<=^|[ ,])--?[a-zA-Z][\w-]*/g) ?? [];
}

/** Whether an option has a value behind it. */
export function takesValue({ flags }: OptionRow): boolean {
    return flags.includes("<");
}
