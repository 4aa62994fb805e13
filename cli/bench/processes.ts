import { readdirSync, readFileSync } from "node:fs";

/** What a process runs. */
export interface Running {
    readonly pid: number;
    readonly parent: number;
    /** The name of its program. */
    readonly name: string;
    /** The first word after it: of Node the script. */
    readonly script: string;
}

/** A process, as Linux describes it in `/proc`. */
export interface Process extends Running {
    /** Resident memory, in MB: what it would take without the others. */
    readonly resident: number;
    /** Its proportional share, in MB: a shared page is divided among the processes that share it. */
    readonly share: number;
}

/** Whether a process serves resources, of whatever make. */
export function isProvider(one: Running): boolean {
    return one.name.startsWith("pulumi-resource-") || isEmbedded(one);
}

/** Whether it serves those of this project. */
export function isEmbedded({ script }: Running): boolean {
    return script.endsWith("/providers/serve.ts");
}

/** Does something again and again until some work has ended. */
export async function during<T>(
    work: () => Promise<T>,
    intervalMs: number,
    sample: () => void,
): Promise<T> {
    const timer = setInterval(sample, intervalMs);
    try {
        return await work();
    } finally {
        clearInterval(timer);
    }
}

/**
 * All descendants of this process as they are now, itself not included.
 *
 * @param isWanted which of them; the memory of others is not looked up, which takes time. @default all
 */
export function descendants(isWanted: (one: Running) => boolean = () => true): Process[] {
    return familyOf(process.pid, (one) => one.pid !== process.pid && isWanted(one));
}

function familyOf(root: number, isWanted: (one: Running) => boolean): Process[] {
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
        isOfFamily(pid) ? (describe(pid, parent, isWanted) ?? []) : [],
    );
}

function parentOf(pid: number): number | undefined {
    // The name, in parentheses, may hold anything; what follows the last one is numbers.
    const rest = read(pid, "stat")?.replace(/^.*\)/s, "").trim().split(" ");
    return rest === undefined ? undefined : Number(rest[1]);
}

function describe(
    pid: number,
    parent: number,
    isWanted: (one: Running) => boolean,
): Process | undefined {
    const [command = "", script = ""] = read(pid, "cmdline")?.split("\0") ?? [];
    const running = { pid, parent, name: command.slice(command.lastIndexOf("/") + 1), script };
    const memory = command !== "" && isWanted(running) ? read(pid, "smaps_rollup") : undefined;
    // A process that has just ended has no memory.
    return memory === undefined
        ? undefined
        : { ...running, resident: megabytes(memory, "Rss"), share: megabytes(memory, "Pss") };
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
