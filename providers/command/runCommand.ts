import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { getSystemErrorMap } from "node:util";
import { findProgram } from "../../scripts/system/process.ts";
import { LineSplitter } from "./lineSplitter.ts";
import { failure, signalText } from "./goText.ts";

/** What a command printed. */
export interface Printed {
    /** Without one newline at its end. */
    readonly stdout: string;
    /** The same. */
    readonly stderr: string;
}

/** A command, and what it is run with. */
export interface CommandRun {
    /** The last argument of the interpreter. */
    readonly command: string;
    /** A program and its arguments. @default `/bin/sh -c`; on Windows `cmd /C` */
    readonly interpreter: readonly string[];
    /** The folder that it is run in. @default this process's */
    readonly dir: string | undefined;
    /** Laid over the environment of this process. */
    readonly environment: Readonly<Record<string, string>>;
    /** @default nothing */
    readonly stdin: string | undefined;
    /** Ends it: it is killed. */
    readonly signal: AbortSignal;
    /** Called with each line of these streams as it is printed. */
    readonly onLine: (line: string) => void;
    readonly shown: readonly ("stdout" | "stderr")[];
}

const shell = process.platform === "win32" ? ["cmd", "/C"] : ["/bin/sh", "-c"];

/**
 * Runs a command to the end of its output.
 *
 * @throws Error where it cannot be started, fails or is killed: the text of Pulumi's plugin, with all that it printed
 */
export async function runCommand(run: CommandRun): Promise<Printed> {
    const { command, shown, signal, onLine } = run;
    if (signal.aborted) {
        throw failure("context canceled", command);
    }
    const child = await started(run);
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[], both: [] as Buffer[] };
    const lines = new LineSplitter(onLine);
    for (const stream of ["stdout", "stderr"] as const) {
        const line = lines.stream();
        child[stream]?.on("data", (data: Buffer) => {
            printed[stream].push(data);
            printed.both.push(data);
            if (shown.includes(stream)) {
                line(data);
            }
        });
    }
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    signal.removeEventListener("abort", kill);
    lines.end();
    if (code !== 0) {
        const reason = killedBy === null ? `exit status ${code ?? 0}` : signalText(killedBy);
        throw failure(reason, command, textOf(printed.both));
    }
    return {
        stdout: textOf(printed.stdout).replace(/\n$/, ""),
        stderr: textOf(printed.stderr).replace(/\n$/, ""),
    };
}

/** @throws Error where it does not start */
async function started(run: CommandRun): Promise<ChildProcess> {
    const { command, environment, dir, stdin } = run;
    const [program = "", ...args] = run.interpreter.length > 0 ? run.interpreter : shell;
    const path = await located(program, command);
    if (dir !== undefined) {
        await stat(dir).catch((error: unknown) => {
            throw failure(`chdir ${dir}: ${systemText(error)}`, command);
        });
    }
    // Which providers the engine attaches to is not for an engine that the command may run.
    try {
        const child = spawn(path, [...args, command], {
            ...(dir === undefined ? {} : { cwd: dir }),
            env: { ...process.env, PULUMI_DEBUG_PROVIDERS: undefined, ...environment },
            stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        });
        // It may end without having read all of it.
        child.stdin?.on("error", () => undefined).end(stdin);
        await once(child, "spawn");
        return child;
    } catch (error) {
        throw failure(`fork/exec ${path}: ${systemText(error)}`, command);
    }
}

/** A name is looked for on this process's PATH, whatever the command's own environment says. */
async function located(program: string, command: string): Promise<string> {
    if (program.includes("/") || process.platform === "win32") {
        return program;
    }
    const found = await findProgram([program]);
    if (found === undefined) {
        throw failure(`exec: "${program}": executable file not found in $PATH`, command);
    }
    return found;
}

/** What the system says of an error: `no such file or directory`. */
function systemText(error: unknown): string {
    const errno: unknown = Reflect.get(Object(error), "errno");
    const known = typeof errno === "number" ? getSystemErrorMap().get(errno) : undefined;
    return known?.[1] ?? (error instanceof Error ? error.message : String(error));
}

function textOf(printed: readonly Buffer[]): string {
    return Buffer.concat(printed).toString();
}
