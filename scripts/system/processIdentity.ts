import { readFile } from "node:fs/promises";

/** A process, told from a later one of the same id by when it started. */
export interface ProcessIdentity {
    readonly pid: number;
    readonly startedAt: string;
}

/** Describes a running process, so that it can be found again and told from another. */
export async function describeProcess(pid: number): Promise<ProcessIdentity> {
    return { pid, startedAt: await startOf(pid) };
}

/** Whether a process still runs, and is not a later one of the same id. */
export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
    try {
        process.kill(pid, 0);
    } catch (error) {
        // Somebody else's may not be signalled, but it is there.
        if (!(error instanceof Error && "code" in error && error.code === "EPERM")) {
            return false;
        }
    }
    return (await startOf(pid)) === startedAt;
}

/** The start time that Linux keeps of a process, in clock ticks; elsewhere, and for a process that
 * is gone, an empty text. A zombie has ended: only its parent has not looked yet. */
async function startOf(pid: number): Promise<string> {
    try {
        const stat = await readFile(`/proc/${pid}/stat`, "utf8");
        // The second field, the name, may hold spaces; what follows its bracket does not.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return fields[0] === "Z" ? "" : (fields[19] ?? "");
    } catch {
        return "";
    }
}
