import { exitCodes } from "../show/exitCodes.ts";
import { jsonOption, ofStack } from "./options.ts";
import type { CommandRow } from "./rows.ts";

/** What reads Consul's own files. */
export const importRow: CommandRow = {
    name: "import",
    purpose: "Puts what files of Consul's configuration say into the stack's file.",
    arguments: [
        {
            name: "<files...>",
            meaning:
                "files .hcl or .json, or folders of them, in the order in which Consul reads them",
            offers: "file",
        },
    ],
    options: [
        ...ofStack,
        {
            flags: "--write",
            meaning: "write the stack's file (default: only show what it would be)",
        },
        {
            flags: "--overwrite",
            meaning: "where the stack says something else, take what the files say",
        },
        {
            flags: "--role <role>",
            meaning: "whose files they are: server or client (default: as their key server says)",
            value: { kind: "choice", choices: ["server", "client"] },
        },
        {
            flags: "--node <name>",
            meaning: "the one node that they are of (default: all of the role)",
        },
        jsonOption,
    ],
    exits: [
        [exitCodes.missing, "there is no such file, program or node"],
        [exitCodes.unwell, "the stack's settings are not sound, or lack secrets"],
    ],
};
