import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { isDockerVariable } from "../protocol/dockerVariables.ts";
import { entries } from "../system/files.ts";
import { parseJson, property } from "../system/json.ts";
import { direct, hasProxy } from "../system/proxy.ts";
import { findProgram, run, type RunOptions } from "../system/process.ts";
import { progress } from "../system/progress.ts";

/** The names a docker-machine goes by, the one to prefer first. */
export const binaryNames = ["docker-machine", "rancher-machine"];

/** How one call ended. */
export interface CallResult {
    readonly exitCode: number;
    /** Standard output, without the noise that some forks mix into it. */
    readonly stdout: string;
    /** The last lines that it printed on both streams, in order. */
    readonly tail: readonly string[];
}

/** How one call is made. One that exceeds its time has failed. */
export interface CallOptions extends Pick<RunOptions, "timeoutMs" | "onStart"> {
    /** Whether each line is shown while it is printed. @default false */
    readonly show?: boolean;
}

/** How long the driver may take to tell where a machine is: it asks the machine by SSH, or its provider. */
const addressTimeoutMs = 10_000;

/** Lines of a call to keep for the message of its failure. */
const tailLength = 12;

/** rancher-machine prints this to standard output, at random. */
const noise = /^\([^)]*\) Closing plugin on server side\s*$/;

/** Variables by which an operator's shell could redirect a call, beside Docker's own: a store of other machines,
 * or options of the drivers whose options are ours to give. */
const foreign = /^(MACHINE_|GENERIC_|VIRTUALBOX_)/;

/** Variables that are the operator's to give. MACHINE_GITHUB_API_TOKEN lifts a rate limit. */
const allowed = new Set(["MACHINE_GITHUB_API_TOKEN"]);

/** The environment of docker-machine: an operator's, in which what would divert it has no value. */
export function callEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const isForeign = (name: string) =>
        !allowed.has(name) && (isDockerVariable(name) || foreign.test(name));
    const kept = Object.entries(env).map(
        ([name, value]) => [name, isForeign(name) ? undefined : value] as const,
    );
    // A failed create would otherwise send a report with its log to a third party.
    return { ...Object.fromEntries(kept), MACHINE_BUGSNAG_API_TOKEN: "no-report" };
}

/**
 * Finds the docker-machine binary.
 *
 * @param named a name on PATH or a path. @default the first of {@link binaryNames} on PATH
 * @throws Error naming what was looked for, and how to get one.
 */
export async function findBinary(named: string | undefined): Promise<string> {
    const names = named === undefined ? binaryNames : [named];
    const found = await findProgram(names);
    if (found === undefined) {
        throw new Error(
            `dockerMachine: found none of ${names.map((name) => `"${name}"`).join(", ")}; install ` +
                "docker-machine (the GitLab fork is maintained) or rancher-machine on PATH, or " +
                'name the binary in the setting "consul-machines:dockerMachine".',
        );
    }
    return found;
}

/** One docker-machine binary on one store. */
export class DockerMachineCli {
    readonly #binary: string;
    readonly #store: string;

    /** @param store the store's folder, absolute: docker-machine writes it into every machine's files. */
    constructor(binary: string, store: string) {
        this.#binary = binary;
        this.#store = store;
    }

    /** The binary that {@link findBinary} finds, on a store; it fails as that does. */
    static async find(named: string | undefined, store: string): Promise<DockerMachineCli> {
        return new DockerMachineCli(await findBinary(named), store);
    }

    /**
     * Runs one command to its end; a failure is an answer here, not an exception.
     *
     * @throws Error where the binary cannot be started.
     */
    async call(words: readonly string[], options: CallOptions = {}): Promise<CallResult> {
        const { show = false, timeoutMs, onStart } = options;
        const printed: string[] = [];
        const onLine = (line: string): void => {
            if (isContent(line)) {
                printed.push(line);
                if (show) {
                    progress(line);
                }
            }
        };
        const all = ["--storage-path", this.#store, ...words];
        const hosts = hasProxy(process.env) ? await this.#hosts(words) : [];
        const env = { ...callEnvironment(process.env), ...direct(process.env, hosts) };
        const ended = await run(this.#binary, all, { env, timeoutMs, onStart, onLine });
        if (ended.code === 127 && ended.stderr !== "" && printed.length === 0) {
            throw new Error(ended.stderr);
        }
        const stdout = ended.stdout.split("\n").filter(isContent).join("\n");
        return { exitCode: ended.code, stdout, tail: printed.slice(-tailLength) };
    }

    /** Where the store's machines are, and the one that a call makes, as far as that is known: to those no call goes
     * through a proxy, whatever else the driver asks through one. */
    async #hosts(words: readonly string[]): Promise<string[]> {
        const folder = join(this.#store, "machines");
        const described = (await entries(folder)).map(async (name) => {
            const config = await readFile(join(folder, name, "config.json"), "utf8").catch(
                () => "",
            );
            return property(property(parseJson(config), "Driver"), "IPAddress");
        });
        const stated = words.map(
            (word) => /^--(?:generic-ip-address|virtualbox-hostonly-cidr)=(.+)$/.exec(word)?.[1],
        );
        const all: unknown[] = [...stated, ...(await Promise.all(described))];
        const hosts = all.filter((host) => typeof host === "string" && host !== "");
        return [...new Set(hosts.map(String))];
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

    /**
     * Where a machine is now. Its file has the address of the last start by docker-machine; a driver
     * whose machines have changing addresses finds the present one out.
     *
     * @returns undefined where the machine does not run, or its driver cannot tell.
     */
    async addressOf(machine: string): Promise<string | undefined> {
        const timeoutMs = addressTimeoutMs;
        const { exitCode, stdout } = await this.call(["ip", machine], { timeoutMs });
        const lines = stdout.split("\n").map((line) => line.trim());
        return exitCode === 0 ? lines.findLast((line) => isIPv4(line)) : undefined;
    }
}

function isContent(line: string): boolean {
    return line.trim() !== "" && !noise.test(line);
}
