import type { OptionRow } from "./options.ts";

/** An argument of a command. */
export interface ArgumentRow {
    /** As commander takes it: `<node>`, or `[file]` for one that may be left out. */
    readonly name: string;
    readonly meaning: string;
    /** What a shell offers. @default nothing */
    readonly offers?: "file" | readonly string[];
}

/** A command. Its name is that of its module in cli/verbs. */
export interface CommandRow {
    readonly name: string;
    readonly purpose: string;
    readonly options: readonly OptionRow[];
    /** @default none */
    readonly arguments?: readonly ArgumentRow[];
    /** Whether all that follows its arguments is another program's. @default false */
    readonly passesOn?: boolean;
    /** What it ends with besides 0, 1 and 2, as the help shows it. @default nothing else */
    readonly exits?: readonly (readonly [code: number, meaning: string])[];
}
