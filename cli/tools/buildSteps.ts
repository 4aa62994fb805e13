import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, tail, type RunOptions } from "../../scripts/system/process.ts";

/** Runs `work` with a temporary folder, which is removed afterwards. */
export async function inScratch<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), `consul-machines-${name}-`));
    try {
        return await work(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/**
 * Runs a program that must succeed.
 *
 * @param failure what its failure means: `npm cannot fetch left-pad`.
 * @throws Error with that, and the last lines that the program printed.
 */
export async function mustRun(
    failure: string,
    [program = "", ...args]: readonly string[],
    options: RunOptions = {},
): Promise<void> {
    const done = await run(program, args, options);
    if (done.code !== 0) {
        throw new Error(`${failure}: ${tail(done)}`);
    }
}
