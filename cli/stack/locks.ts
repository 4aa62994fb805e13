import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { backendFolder } from "./environment.ts";

const lockSchema = z.object({ pid: z.number(), hostname: z.string() });

/**
 * Removes locks on a stack's local state whose holder is dead: a start that was killed, or a
 * computer that was switched off, must not block the next one. Returns how many there were.
 */
export function removeDeadLocks(
    project: string,
    stack: string,
    backend: string = backendFolder,
    isRunning: (pid: number) => boolean = isAlive,
): number {
    const folder = join(backend, ".pulumi", "locks", "organization", project, stack);
    const locks = existsSync(folder) ? readdirSync(folder) : [];
    const dead = locks.filter((name) => {
        const lock = lockSchema.safeParse(JSON.parse(readFileSync(join(folder, name), "utf8")));
        return lock.data?.hostname === hostname() && !isRunning(lock.data.pid);
    });
    for (const name of dead) {
        rmSync(join(folder, name));
    }
    return dead.length;
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return error instanceof Error && "code" in error && error.code === "EPERM";
    }
}
