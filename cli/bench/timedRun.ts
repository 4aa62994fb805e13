import spawn, { SubprocessError } from "nano-spawn";

/** How a program is run. */
export interface TimedRunOptions {
    /** Milliseconds after which it is interrupted. */
    readonly timeoutMs: number;
    readonly cwd?: string;
    /** Laid over the environment of this process; an undefined value removes a variable. */
    readonly env?: NodeJS.ProcessEnv;
    /** Interrupts it. @default only the timeout does */
    readonly signal?: AbortSignal | undefined;
}

/** A program that succeeded. */
export interface TimedRun {
    /** Seconds from before its start to after its end. */
    readonly seconds: number;
    readonly stdout: string;
}

/** Milliseconds for an interrupted program to end; Pulumi finishes its current operations. */
const graceMs = 60_000;

/**
 * Runs a program to its end and measures its time. It has a process group of its own, so that Ctrl-C
 * reaches only the measurement, which then ends the group in order.
 *
 * @throws Error with its last lines, when it fails or is interrupted.
 */
export async function timedRun(
    program: string,
    args: readonly string[],
    { timeoutMs, cwd, env = {}, signal }: TimedRunOptions,
): Promise<TimedRun> {
    signal?.throwIfAborted();
    const place = cwd === undefined ? {} : { cwd };
    const child = spawn(program, args, { ...place, env, detached: true, stdin: "ignore" });
    // Handled below; a program that cannot be started fails both.
    child.catch(() => undefined);
    const { pid = 0 } = await child.nodeChildProcess;
    const release = interruptOn(pid, timeoutMs, signal);
    try {
        const { durationMs, stdout } = await child;
        return { seconds: durationMs / 1000, stdout };
    } catch (error) {
        if (!(error instanceof SubprocessError)) {
            throw error;
        }
        const tail = error.output.trimEnd().split("\n").slice(-15).join("\n  ");
        const after = (error.durationMs / 1000).toFixed(1);
        throw new Error(`${error.message}, after ${after} s:\n  ${tail}`, { cause: error });
    } finally {
        release();
    }
}

/** Ends a process group on a signal or after a time: first by SIGINT, then by SIGKILL. */
function interruptOn(pid: number, timeoutMs: number, signal: AbortSignal | undefined) {
    const send = (name: NodeJS.Signals) => {
        try {
            process.kill(-pid, name);
        } catch {
            // It has ended by itself.
        }
    };
    const timers: NodeJS.Timeout[] = [];
    const interrupt = () => {
        send("SIGINT");
        timers.push(setTimeout(send, graceMs, "SIGKILL"));
    };
    timers.push(setTimeout(interrupt, timeoutMs));
    signal?.addEventListener("abort", interrupt);
    return () => {
        timers.forEach(clearTimeout);
        signal?.removeEventListener("abort", interrupt);
    };
}

/** The seconds that some work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
}
