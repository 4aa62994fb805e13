import { readFileSync, statSync } from "node:fs";
import { normalize } from "node:path/posix";
import { broughtDirectory } from "../../scripts/protocol/agentFiles.ts";
import type { Json, JsonObject } from "../agent/agentConfig.ts";
import { secretKind } from "../agent/secretValues.ts";
import type { FileArgs, Files } from "./broughtFiles.ts";
import { pathText } from "./problems.ts";

/** The most bytes of one file, and of all files that one argument names: they are in the state, once for each node. */
export const largestFile = 256 * 1024;
const largestFiles = 1024 * 1024;

const pathRule =
    `a path below ${broughtDirectory}, of letters, digits, dots, dashes and underscores: elsewhere the container is ` +
    "read-only, or has files of ours";

export const modeRule =
    'permissions in quotes, such as "0644" or "0755": the agent reads its files, and nobody but it may write them';

const secretModeRule = 'a secret file is for the agent alone: "0400", "0500", "0600" or "0700"';

/**
 * What is wrong with files for agents, a line each. None has anything of a file in it.
 *
 * @param at what the files are called, for example `files`.
 * @param isSecret whether every `content` is given as a secret. @default outputs alone may be
 */
export function fileProblems(at: string, files: Files, isSecret = false): string[] {
    const paths = Object.keys(files);
    const problems = Object.entries(files).flatMap(([path, file]) => {
        const here = `${at}[${JSON.stringify(path)}]`;
        return [
            ...pathProblems(here, path, paths),
            ...modeProblems(here, file),
            ...textProblems(here, file, isSecret),
        ];
    });
    const total = Object.values(files).reduce((sum, file) => sum + sizeOf(file), 0);
    return problems.length > 0 || total <= largestFiles
        ? problems
        : [
              `${at}: got ${total} bytes in all; at most ${largestFiles}: the state has them for each node`,
          ];
}

/**
 * What a configuration names of such files and is not there, a line each.
 *
 * @param at what the configuration is called.
 * @param declared the paths of all files.
 */
export function missingFiles(
    at: string,
    config: JsonObject,
    declared: readonly string[],
): string[] {
    return textsOf(config, [at]).flatMap(({ path, text }) =>
        text.startsWith(`${broughtDirectory}/`) && !declared.includes(text)
            ? [`${pathText(path)}: got ${JSON.stringify(text)}; no such file is among "files"`]
            : [],
    );
}

function textsOf(
    value: Json,
    path: readonly PropertyKey[],
): { readonly path: readonly PropertyKey[]; readonly text: string }[] {
    if (typeof value === "string") {
        return [{ path, text: value }];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const entries: [PropertyKey, Json][] = Array.isArray(value)
        ? [...value.entries()]
        : Object.entries(value);
    return entries.flatMap(([key, inner]) => textsOf(inner, [...path, key]));
}

function pathProblems(here: string, path: string, paths: readonly string[]): string[] {
    const isPlain = /^(?:\/[\w.-]+)+$/.test(path) && normalize(path) === path;
    if (!isPlain || !path.startsWith(`${broughtDirectory}/`)) {
        return [`${here}: got ${JSON.stringify(path)}; ${pathRule}`];
    }
    const within = paths.find((other) => path.startsWith(`${other}/`));
    return within === undefined
        ? []
        : [`${here}: got ${JSON.stringify(path)}; ${within} is a file, and no folder`];
}

/** Of a setting that Pulumi encrypts as a whole, for the sake of one value, the other files may be for everyone. */
function modeProblems(here: string, { mode, content, secret = false }: FileArgs): string[] {
    if (mode === undefined) {
        return [];
    }
    const isSecret = secret || (typeof content === "string" && secretKind(content) !== undefined);
    const rule = !/^0?[4-7][0145][0145]$/.test(mode)
        ? modeRule
        : isSecret && !mode.endsWith("00")
          ? secretModeRule
          : undefined;
    return rule === undefined ? [] : [`${here}.mode: got ${JSON.stringify(mode)}; ${rule}`];
}

function textProblems(here: string, file: FileArgs, isMarked: boolean): string[] {
    const { content, source, secret = false } = file;
    if ((content === undefined) === (source === undefined)) {
        const got = content === undefined ? "neither" : "both";
        return [
            `${here}: got ${got}; one of content and source: its text, or a file on this computer`,
        ];
    }
    const read = source === undefined ? { text: content } : readSource(source);
    if ("problem" in read) {
        return [`${here}.source: got ${JSON.stringify(source)}; ${read.problem}`];
    }
    const { text } = read;
    const kind = typeof text === "string" ? secretKind(text) : undefined;
    const isKept = secret || (isMarked && source === undefined);
    return [
        ...(typeof text === "string" && Buffer.byteLength(text) > largestFile
            ? [
                  `${here}: got ${Buffer.byteLength(text)} bytes; at most ${largestFile}: the state has them for each node`,
              ]
            : []),
        ...(kind === undefined || isKept
            ? []
            : [`${here}: looks like ${kind}, and is kept in clear; ${wayOf(here, source)}`]),
    ];
}

function wayOf(here: string, source: string | undefined): string {
    return source === undefined
        ? `run \`pulumi config set --secret --path '${here}.content'\``
        : `say that it is one: \`pulumi config set --path '${here}.secret' true\``;
}

function readSource(source: string): { readonly text: string } | { readonly problem: string } {
    try {
        if (!statSync(source).isFile()) {
            return { problem: "it is no file" };
        }
        if (statSync(source).size > largestFile) {
            return {
                problem: `it has more than ${largestFile} bytes: the state has them for each node`,
            };
        }
        return { text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(source)) };
    } catch (error) {
        return error instanceof TypeError
            ? { problem: "it is no text in UTF-8; other files have to be in the image" }
            : {
                  problem: `it cannot be read: ${error instanceof Error ? error.message : String(error)}`,
              };
    }
}

function sizeOf({ content, source }: FileArgs): number {
    const read = source === undefined ? { text: content } : readSource(source);
    return "text" in read && typeof read.text === "string" ? Buffer.byteLength(read.text) : 0;
}
