import { spawn } from "node:child_process";

/** How a program is run. */
export interface ChildOptions {
    /** Milliseconds after which it is made to end. */
    readonly limit: number;
    readonly cwd?: string;
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
    { limit, cwd, env, signal, onStart }: ChildOptions,
): Promise<Ended> {
    signal?.throwIfAborted();
    const started = performance.now();
    const child = spawn(program, words, {
        cwd,
        env: env ?? process.env,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
    });
    const said: string[] = [];
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        said.push(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
    if (child.pid !== undefined) {
        onStart?.(child.pid);
    }
    const release = endOn(child.pid, limit, signal);
    const exitCode = await new Promise<number | string>((done, failed) => {
        child.once("error", failed);
        child.once("close", (code, by) => {
            done(code ?? by ?? "");
        });
    }).finally(release);
    const seconds = (performance.now() - started) / 1000;
    if (exitCode !== 0) {
        const tail = said.join("").trimEnd().split("\n").slice(-15).join("\n  ");
        const what = [program, ...words.slice(0, 2)].join(" ");
        throw new Error(`${what} ended with ${exitCode} after ${seconds.toFixed(1)} s:\n  ${tail}`);
    }
    return { seconds, stdout };
}

/** Ends a process group on a signal or after the limit: first it is asked, then it is killed. */
function endOn(pid: number | undefined, limit: number, signal: AbortSignal | undefined) {
    const timers: NodeJS.Timeout[] = [];
    const send = (name: NodeJS.Signals) => {
        try {
            process.kill(-(pid ?? 0), name);
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
