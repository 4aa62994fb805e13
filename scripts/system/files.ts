import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

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

/** Writes a file, and its folder if there is none. A reader sees the old text or the new one, never a part. */
export async function replaceFile(file: string, text: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const unfinished = `${file}.${process.pid}`;
    await writeFile(unfinished, text);
    await rename(unfinished, file);
}
