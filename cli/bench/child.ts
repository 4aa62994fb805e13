import spawn, { type SubprocessError } from "nano-spawn";

/** How a program is run. */
export interface ChildOptions {
    /** Milliseconds after which it is made to end. */
    readonly limit: number;
    readonly cwd?: string;
    /** Laid over the environment of this process; an undefined value removes a variable. */
    readonly env?: NodeJS.ProcessEnv;
    /** Makes it end early. @default only the limit does */
    readonly signal?: AbortSignal | undefined;
    /** Told the process id as soon as there is one. */
    readonly onStart?: ((pid: number) => void) | undefined;
}

/** A program that ended well. */
export interface Ended {
    /** Seconds from before its start to after its end. */
    readonly seconds: number;
    readonly stdout: string;
}

/** How long a program may take to end once it was asked to; Pulumi finishes what it has in hand. */
const grace = 60_000;

/**
 * Runs a program to its end and takes its time. It has a process group of its own, so that Ctrl-C
 * reaches only the measurement, which then ends the group in good order.
 *
 * @throws Error with its last lines, when it fails or is made to end.
 */
export async function runChild(
    program: string,
    words: readonly string[],
    { limit, cwd, env = {}, signal, onStart }: ChildOptions,
): Promise<Ended> {
    signal?.throwIfAborted();
    const place = cwd === undefined ? {} : { cwd };
    const child = spawn(program, words, { ...place, env, detached: true, stdin: "ignore" });
    // Handled below; a program that cannot be started fails both.
    child.catch(() => undefined);
    const { pid = 0 } = await child.nodeChildProcess;
    onStart?.(pid);
    const release = endOn(pid, limit, signal);
    try {
        const { durationMs, stdout } = await child;
        return { seconds: durationMs / 1000, stdout };
    } catch (error) {
        const { exitCode, signalName = "", durationMs, output } = error as SubprocessError;
        const tail = output.trimEnd().split("\n").slice(-15).join("\n  ");
        const what = [program, ...words.slice(0, 2)].join(" ");
        const after = (durationMs / 1000).toFixed(1);
        throw new Error(
            `${what} ended with ${exitCode ?? signalName} after ${after} s:\n  ${tail}`,
            { cause: error },
        );
    } finally {
        release();
    }
}

/** Ends a process group on a signal or after the limit: first by SIGINT, then by SIGKILL. */
function endOn(pid: number, limit: number, signal: AbortSignal | undefined) {
    const timers: NodeJS.Timeout[] = [];
    const send = (name: NodeJS.Signals) => {
        try {
            process.kill(-pid, name);
        } catch {
            // It has ended by itself.
        }
    };
    const end = () => {
        send("SIGINT");
        timers.push(
            setTimeout(() => {
                send("SIGKILL");
            }, grace),
        );
    };
    timers.push(setTimeout(end, limit));
    signal?.addEventListener("abort", end);
    return () => {
        timers.forEach(clearTimeout);
        signal?.removeEventListener("abort", end);
    };
}
