import { createRequire } from "node:module";
import { z } from "zod";
import { parseJson } from "../../scripts/system/json.ts";
import { TaskFailure } from "../show/task.ts";

/** What reads HCL: the JSON of it, or what is wrong in words. */
export type HclParser = (text: string) => string;

/** The package that has it: HashiCorp's own parser of HCL 1, the language of Consul's files, as JavaScript. */
const parserPackage = "js-hcl-parser";

const parserSchema = z.object({
    parse: z.custom<HclParser>((value) => typeof value === "function"),
});

/**
 * Loads the parser, which is not among what this package brings: only who has files in HCL needs it.
 *
 * @throws TaskFailure with what to type where it is not installed.
 */
export function loadHclParser(
    require: (name: string) => unknown = createRequire(import.meta.url),
): HclParser {
    const { stackTraceLimit } = Error;
    try {
        return parserSchema.parse(require(parserPackage)).parse;
    } catch {
        throw new TaskFailure(
            `HCL is read by the package ${parserPackage}, which is not here: ` +
                `npm install ${parserPackage}@1.0.1 (or give the files as JSON)`,
        );
    } finally {
        // It would have every error of this process keep its whole stack.
        Error.stackTraceLimit = stackTraceLimit;
    }
}

/**
 * What a text says as HCL 1: blocks are lists of maps.
 *
 * @throws TaskFailure with file and line where it is none.
 */
export function parseHcl(path: string, text: string, parse: HclParser): unknown {
    const answer = parse(text);
    const value = parseJson(answer);
    if (value !== undefined) {
        return value;
    }
    const said = answer.replace(/^unable to (parse|print) JSON: /, "").trim();
    const [, number] = /ParseInt: parsing "(-?\w+)": value out of range/.exec(said) ?? [];
    if (number !== undefined) {
        const line = text.split("\n").findIndex((one) => one.includes(number)) + 1;
        throw new TaskFailure(
            `${path}:${line}: ${number} has more than 32 bits, which Consul reads and this parser does not; ` +
                `write ${number}.0 for it`,
        );
    }
    const [, line, column, message] = /^At (\d+):(\d+): ([\s\S]*)$/.exec(said) ?? [];
    throw new TaskFailure(
        line === undefined
            ? `${path}: no HCL: ${said}`
            : `${path}:${line}:${column ?? ""}: no HCL: ${message ?? ""}`,
    );
}
