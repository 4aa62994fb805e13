import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathFolders } from "./paths.ts";

/** What a finished command left. */
export interface RunResult {
    /** Its exit code; 127 when there is no such command, 124 when it took too long. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** How to run a command. */
export interface RunOptions {
    readonly cwd?: string;
    /** Laid over the environment of this process; an undefined value removes a variable. */
    readonly env?: NodeJS.ProcessEnv;
    readonly timeoutMs?: number;
    /** Told each line as it is printed, so that a long command can show that it lives. */
    readonly onLine?: (line: string) => void;
}

/** Runs a command without a shell; a failure is an answer, so that each caller says what it means. */
export async function run(
    command: string,
    args: readonly string[],
    options: RunOptions = {},
): Promise<RunResult> {
    const { cwd, env, timeoutMs, onLine } = options;
    return new Promise((resolve) => {
        const child = spawn(command, args, {
            cwd,
            env: { ...process.env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const text = { stdout: "", stderr: "" };
        let late = false;
        const timer =
            timeoutMs === undefined
                ? undefined
                : setTimeout(() => {
                      late = true;
                      child.kill("SIGKILL");
                  }, timeoutMs);
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (chunk: string) => {
                text[stream] += chunk;
            });
            if (onLine !== undefined) {
                createInterface({ input: child[stream] }).on("line", onLine);
            }
        }
        child.on("error", (error) => {
            clearTimeout(timer);
            resolve({ code: 127, stdout: "", stderr: error.message });
        });
        child.on("close", (code) => {
            clearTimeout(timer);
            resolve({ ...text, code: late ? 124 : (code ?? 1) });
        });
    });
}

/** The last lines of what a failed command printed: where the reason almost always is. */
export function tail({ stdout, stderr }: RunResult, lines = 3): string {
    const printed = stderr.trim() === "" ? stdout : stderr;
    return printed.trim().split("\n").slice(-lines).join("\n");
}

/** The full path of the first of these commands that PATH holds, in the order given. */
export function findOnPath(
    names: readonly string[],
    folders: readonly string[] = pathFolders(),
): string | undefined {
    for (const name of names) {
        const folder = folders.find((candidate) => isExecutable(join(candidate, name)));
        if (folder !== undefined) {
            return join(folder, name);
        }
    }
    return undefined;
}

/** Whether a path is a file that may be run; a dangling link is not. */
export function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        return false;
    }
}

/** What goes before a command that needs root; undefined where root is out of reach. */
export async function rootPrefix(): Promise<readonly string[] | undefined> {
    if (process.getuid?.() === 0) {
        return [];
    }
    return (await run("sudo", ["-n", "true"])).code === 0 ? ["sudo", "-n"] : undefined;
}
