import { readFile } from "node:fs/promises";
import { hasTypes, parseJson } from "./json.ts";

/** A process, told from a later one of the same id by when it started. */
export interface ProcessIdentity {
    readonly pid: number;
    readonly startedAt: string;
}

/** Whether a value, such as one that was read from a file, is the identity of a process. */
export function isIdentity(value: unknown): value is ProcessIdentity {
    return hasTypes(value, { pid: "number", startedAt: "string" });
}

/** The identity that a text holds as JSON; undefined where it holds none. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
    const value = parseJson(text);
    return isIdentity(value) ? value : undefined;
}

/** The identity of a running process. */
export async function describeProcess(pid: number): Promise<ProcessIdentity> {
    return { pid, startedAt: await startTimeOf(pid) };
}

/** Whether a process still runs, and is not a later one of the same id. */
export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
    return processExists(pid) && (await startTimeOf(pid)) === startedAt;
}

/** Whether there is a process of this id, of whatever user. */
export function processExists(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        // Another user's process may not be signalled, but it exists.
        return error instanceof Error && "code" in error && error.code === "EPERM";
    }
}

/**
 * When a process started, in clock ticks since the computer did. An empty text for one that has ended, and
 * where there is no `/proc`. A zombie has ended: only its parent has not collected it yet.
 */
export async function startTimeOf(pid: number): Promise<string> {
    try {
        const stat = await readFile(`/proc/${pid}/stat`, "utf8");
        // The second field, the name in parentheses, may itself hold spaces.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return fields[0] === "Z" ? "" : (fields[19] ?? "");
    } catch {
        return "";
    }
}
