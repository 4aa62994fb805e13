import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Mends a local backend whose writer was killed.
 *
 * Pulumi replaces a state file in one step, but writes the small `.attrs` file beside it in two:
 * killed between them it leaves that one empty, and then reads no state at all ("failed to load
 * checkpoint: EOF"). The state is whole; without the empty file it is read again.
 *
 * @param backend the folder of the backend, which holds `.pulumi`.
 * @returns the files that were removed.
 */
export function mendLocalState(backend: string): string[] {
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
