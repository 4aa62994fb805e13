import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { isDockerVariable } from "../protocol/dockerVariables.ts";
import { progress } from "../system/progress.ts";

/** The names a docker-machine goes by, the one to prefer first. */
export const binaryNames = ["docker-machine", "rancher-machine"];

/** What one call came to. */
export interface CallResult {
    readonly exitCode: number;
    /** Standard output, without the noise that some forks mix into it. */
    readonly stdout: string;
    /** Everything it printed, in order, at most the last lines of it. */
    readonly tail: readonly string[];
}

/** How one call is made. */
export interface CallOptions {
    /** Whether each line is shown while it is printed. @default false */
    readonly show?: boolean;
    /** Told the process id as soon as there is one. */
    readonly onStart?: (pid: number) => Promise<void>;
    /** Milliseconds after which it is ended, which counts as a failure. @default never */
    readonly limit?: number;
}

/** Lines of a call to keep for the message of its failure. */
const tailLength = 12;

/** rancher-machine prints this to standard output, at random. */
const noise = /^\([^)]*\) Closing plugin on server side\s*$/;

/** Variables by which an operator's shell could redirect a call, beside Docker's own: a store of other machines,
 * or options of the drivers whose options are ours to give. */
const foreign = /^(MACHINE_|GENERIC_|VIRTUALBOX_)/;

/** Variables that are the operator's to give. MACHINE_GITHUB_API_TOKEN lifts a rate limit. */
const allowed = new Set(["MACHINE_GITHUB_API_TOKEN"]);

/** The environment of docker-machine: the operator's, in which what would divert it is undefined. */
export function callEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const isOurs = (name: string) => isDockerVariable(name) || foreign.test(name);
    const kept = Object.entries(env).map(
        ([name, value]) => [name, isOurs(name) && !allowed.has(name) ? undefined : value] as const,
    );
    // A failed create would otherwise send a report with its log to a third party.
    return { ...Object.fromEntries(kept), MACHINE_BUGSNAG_API_TOKEN: "no-report" };
}

/**
 * Finds the docker-machine binary.
 *
 * @param named a name on PATH or a path; by default the first of {@link binaryNames} on PATH.
 * @throws Error naming what was looked for, and how to get one.
 */
export async function findBinary(named: string | undefined): Promise<string> {
    const names = named === undefined ? binaryNames : [named];
    for (const name of names) {
        const found = await findOnPath(name);
        if (found !== undefined) {
            return found;
        }
    }
    throw new Error(
        `dockerMachine: found none of ${names.map((name) => `"${name}"`).join(", ")}; install ` +
            "docker-machine (the GitLab fork is maintained) or rancher-machine on PATH, or name " +
            'the binary in the setting "consul-machines:dockerMachine".',
    );
}

async function findOnPath(name: string): Promise<string | undefined> {
    const folders = (process.env.PATH ?? "").split(delimiter);
    const isPath = isAbsolute(name) || name.includes("/");
    const candidates = isPath ? [resolve(name)] : folders.map((folder) => join(folder, name));
    for (const candidate of candidates) {
        const runs = await access(candidate, constants.X_OK).then(
            () => true,
            () => false,
        );
        if (runs) {
            return candidate;
        }
    }
    return undefined;
}

/** One docker-machine binary on one store. */
export class DockerMachineCli {
    readonly #binary: string;
    readonly #store: string;

    constructor(binary: string, store: string) {
        this.#binary = binary;
        this.#store = store;
    }

    /** Runs one command to its end; a failure is an answer here, not an exception. */
    async call(words: readonly string[], options: CallOptions = {}): Promise<CallResult> {
        const child = spawn(this.#binary, ["--storage-path", this.#store, ...words], {
            env: callEnvironment(process.env),
            stdio: ["ignore", "pipe", "pipe"],
            ...(options.limit === undefined ? {} : { timeout: options.limit }),
        });
        const tail: string[] = [];
        const out: string[] = [];
        const keep = (line: string): void => {
            tail.push(line);
            tail.splice(0, tail.length - tailLength);
            if (options.show === true) {
                progress(line);
            }
        };
        const ended = new Promise<number>((done, failed) => {
            child.once("error", failed);
            child.once("close", (code, signal) => {
                done(code ?? (signal === null ? 1 : 128));
            });
        });
        const reading = Promise.all([
            eachLine(child.stdout, (line) => {
                out.push(line);
                keep(line);
            }),
            eachLine(child.stderr, keep),
        ]);
        if (child.pid !== undefined) {
            await options.onStart?.(child.pid);
        }
        const exitCode = await ended;
        await reading;
        return { exitCode, stdout: out.join("\n"), tail };
    }

    /**
     * Runs one command that must succeed.
     *
     * @throws Error with the last lines that it printed, which say what went wrong.
     */
    async must(words: readonly string[], options: CallOptions = {}): Promise<string> {
        const { exitCode, stdout, tail } = await this.call(words, options);
        if (exitCode !== 0) {
            throw new Error(
                `docker-machine ${words[0] ?? ""} ended with ${exitCode}:\n  ${tail.join("\n  ")}`,
            );
        }
        return stdout;
    }
}

async function eachLine(
    stream: NodeJS.ReadableStream,
    take: (line: string) => void,
): Promise<void> {
    let rest = "";
    stream.setEncoding("utf8");
    for await (const chunk of stream) {
        const lines = (rest + String(chunk)).split("\n");
        rest = lines.pop() ?? "";
        lines.filter(isSignal).forEach(take);
    }
    if (isSignal(rest)) {
        take(rest);
    }
}

function isSignal(line: string): boolean {
    return line.trim() !== "" && !noise.test(line);
}
