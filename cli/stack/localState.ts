import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { processExists } from "../../scripts/system/processIdentity.ts";

/**
 * Repairs a local backend whose writer was killed.
 *
 * Pulumi replaces a state file in one step, but writes the small `.attrs` file beside it in two: killed between
 * them it leaves that one empty, and then reads no state at all ("failed to load checkpoint: EOF"). The state is
 * complete; without the empty file it is read again.
 *
 * @param backend the folder of the backend, which holds `.pulumi`.
 * @returns the files that were removed.
 */
export function repairLocalState(backend: string): string[] {
    const root = join(backend, ".pulumi");
    if (!existsSync(root)) {
        return [];
    }
    const empty = readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".attrs"))
        .map((file) => join(root, file))
        .filter((file) => statSync(file).size === 0);
    for (const file of empty) {
        rmSync(file);
    }
    return empty;
}

const lockSchema = z.object({ pid: z.number(), hostname: z.string() });

/**
 * Removes locks on a stack's local state whose holder is dead: a start that was killed, or a computer that was
 * switched off, must not block the next one.
 *
 * @param backend the folder of the backend, which holds `.pulumi`.
 * @returns how many there were.
 */
export function removeDeadLocks(
    backend: string,
    project: string,
    stack: string,
    isRunning: (pid: number) => boolean = processExists,
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
