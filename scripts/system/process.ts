import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { describeError } from "./progress.ts";

/** How a program ended, and what it printed. */
export interface Outcome {
    /** Its exit code; 127 when there is no such program, 124 when it took too long, 128 when a signal ended it. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
    readonly cwd?: string | undefined;
    /** Laid over the environment of this process; an undefined value removes a variable. */
    readonly env?: NodeJS.ProcessEnv | undefined;
    /** Milliseconds after which it is killed. @default no limit */
    readonly timeoutMs?: number | undefined;
    /** Its standard input. @default none */
    readonly input?: string | undefined;
    /** Called with each line of both outputs as it is printed. */
    readonly onLine?: ((line: string) => void) | undefined;
    /** Called with the process id once there is one. Its failure is one of the run. */
    readonly onStart?: ((pid: number) => Promise<void>) | undefined;
}

/** Runs one program to its end. A failure is an answer, so that each caller says what it means. */
export type Run = (
    program: string,
    args: readonly string[],
    options?: RunOptions,
) => Promise<Outcome>;

/** Runs a program without a shell. */
export const run: Run = async (program, args, options = {}) => {
    // Most scripts run no program, and it takes longer to load than they take.
    const { default: spawn, SubprocessError } = await import("nano-spawn");
    const { cwd, env = {}, timeoutMs, input, onLine, onStart } = options;
    const child = spawn(program, args, {
        stdin: input === undefined ? "ignore" : { string: input },
        env,
        killSignal: "SIGKILL",
        ...(cwd === undefined ? {} : { cwd }),
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    const printed = { stdout: "", stderr: "" };
    const read = async (stream: "stdout" | "stderr") => {
        for await (const line of child[stream]) {
            printed[stream] += `${line}\n`;
            onLine?.(line);
        }
    };
    const started = child.nodeChildProcess.then(({ pid = 0 }) => onStart?.(pid));
    const answer = child.catch((error: unknown) => {
        if (error instanceof SubprocessError) {
            return error;
        }
        throw error;
    });
    await Promise.allSettled([started, answer, read("stdout"), read("stderr")]);
    const ended = await answer;
    if (!(ended instanceof SubprocessError)) {
        await started;
        return { code: 0, ...printed };
    }
    const { exitCode, signalName, durationMs, cause } = ended;
    if (exitCode === undefined && signalName === undefined) {
        return { code: 127, stdout: "", stderr: describeError(cause) };
    }
    await started;
    const isLate = signalName === "SIGKILL" && durationMs >= (timeoutMs ?? Infinity);
    return { code: isLate ? 124 : (exitCode ?? 128), ...printed };
};

/** The last lines of what a failed program printed: where the reason almost always is. */
export function tail({ stdout, stderr }: Outcome, lines = 3): string {
    const text = stderr.trim() === "" ? stdout : stderr;
    return text.trim().split("\n").slice(-lines).join("\n");
}

/**
 * The full path of the first of these programs that is found: a path as it is, a name in these folders.
 *
 * @param folders @default those of PATH
 */
export async function findProgram(
    names: readonly string[],
    folders: readonly string[] = (process.env.PATH ?? "").split(delimiter).filter(Boolean),
): Promise<string | undefined> {
    for (const name of names) {
        const isPath = isAbsolute(name) || name.includes("/");
        const candidates = isPath ? [resolve(name)] : folders.map((folder) => join(folder, name));
        for (const candidate of candidates) {
            if (await isExecutable(candidate)) {
                return candidate;
            }
        }
    }
    return undefined;
}

/** Whether a path is a file that may be run; a dangling link is not. */
export async function isExecutable(path: string): Promise<boolean> {
    try {
        await access(path, constants.X_OK);
        return (await stat(path)).isFile();
    } catch {
        return false;
    }
}

/**
 * Runs a program that must succeed.
 *
 * @param failure what its failure means: `npm cannot fetch left-pad`.
 * @throws Error with that, and the last lines that the program printed.
 */
export async function mustRun(
    failure: string,
    [program = "", ...args]: readonly string[],
    options: RunOptions = {},
): Promise<void> {
    const done = await run(program, args, options);
    if (done.code !== 0) {
        throw new Error(`${failure}: ${tail(done)}`);
    }
}
