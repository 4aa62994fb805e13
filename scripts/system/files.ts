import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The names of what a folder holds, sorted; none if there is no such folder. */
export async function entries(folder: string): Promise<string[]> {
    try {
        return (await readdir(folder)).sort();
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
            return [];
        }
        throw error;
    }
}

/**
 * Writes a file, and its folder if there is none. A reader sees the old text or the new one, never a part.
 *
 * @param mode who may read and write it. @default what the process allows
 */
export async function replaceFile(file: string, text: string, mode?: number): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const unfinished = `${file}.${process.pid}`;
    await writeFile(unfinished, text, { mode });
    await rename(unfinished, file);
}

/** Runs `work` with a temporary folder, which is removed afterwards. */
export async function inScratch<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), `consul-machines-${name}-`));
    try {
        return await work(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}
