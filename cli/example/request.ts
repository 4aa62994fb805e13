import { parseArgs } from "node:util";
import { messageOf } from "../tools/obtain.ts";
import { TaskFailure } from "../show/failure.ts";

/** What `npm run example` is asked for. */
export interface ExampleRequest {
    readonly name: string;
    /** Whether the example is taken away in place of being brought up. */
    readonly destroy: boolean;
    /** Settings laid over those of the example's stack file. */
    readonly settings: Readonly<Record<string, unknown>>;
}

const usage = "npm run example -- NAME [--destroy] [--set KEY=VALUE]...";

/**
 * Reads `clients --set subnet=10.89.7.0/24`.
 *
 * @param names the examples that there are.
 * @throws TaskFailure that says what would have been right.
 */
export function readRequest(args: readonly string[], names: readonly string[]): ExampleRequest {
    const { positionals, values } = parse(args);
    const [name = "", ...more] = positionals;
    if (!names.includes(name) || more.length > 0) {
        throw new TaskFailure(
            `example: got "${positionals.join(" ")}"; expected one of ${names.join(", ")}. ` +
                `It takes: ${usage}`,
        );
    }
    const settings = (values.set ?? []).map(readSetting);
    return { name, destroy: values.destroy ?? false, settings: Object.fromEntries(settings) };
}

function parse(args: readonly string[]) {
    try {
        return parseArgs({
            args: [...args],
            allowPositionals: true,
            options: {
                destroy: { type: "boolean" },
                set: { type: "string", multiple: true },
            },
        });
    } catch (error) {
        throw new TaskFailure(`${messageOf(error)} It takes: ${usage}`);
    }
}

function readSetting(text: string): [string, unknown] {
    const [, key, value] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
        throw new TaskFailure(`--set: got "${text}"; expected KEY=VALUE, such as datacenter=dc2`);
    }
    return [key, fromJson(value)];
}

/** Lists and numbers are written as JSON; whatever is none is meant as it stands. */
function fromJson(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}
