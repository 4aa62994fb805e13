import { readdirSync, readFileSync } from "node:fs";

/** A process, as Linux describes it in `/proc`. */
export interface Process {
    readonly pid: number;
    readonly parent: number;
    /** The name of its program. */
    readonly name: string;
    /** Resident memory, in MB: what it would take without the others. */
    readonly resident: number;
    /** Its proportional share, in MB: a shared page is divided among the processes that share it. */
    readonly share: number;
}

/** All descendants of a process, itself included, as they are now. */
export function familyOf(root: number): Process[] {
    const parents = new Map<number, number>();
    for (const entry of readdirSync("/proc")) {
        const pid = Number(entry);
        const parent = Number.isInteger(pid) ? parentOf(pid) : undefined;
        if (parent !== undefined) {
            parents.set(pid, parent);
        }
    }
    const isOfFamily = (pid: number): boolean => {
        const parent = parents.get(pid);
        return pid === root || (parent !== undefined && isOfFamily(parent));
    };
    return [...parents].flatMap(([pid, parent]) =>
        isOfFamily(pid) ? (describe(pid, parent) ?? []) : [],
    );
}

function parentOf(pid: number): number | undefined {
    // The name, in parentheses, may hold anything; what follows the last one is numbers.
    const rest = read(pid, "stat")?.replace(/^.*\)/s, "").trim().split(" ");
    return rest === undefined ? undefined : Number(rest[1]);
}

function describe(pid: number, parent: number): Process | undefined {
    const memory = read(pid, "smaps_rollup");
    const command = read(pid, "cmdline")?.split("\0")[0] ?? "";
    // A process that has just ended has no memory.
    if (memory === undefined || command === "") {
        return undefined;
    }
    const name = command.slice(command.lastIndexOf("/") + 1);
    const sizes = { resident: megabytes(memory, "Rss"), share: megabytes(memory, "Pss") };
    return { pid, parent, name, ...sizes };
}

function megabytes(memory: string, field: string): number {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(memory)?.[1];
    return Number(found ?? 0) / 1024;
}

function read(pid: number, file: string): string | undefined {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return undefined;
    }
}
