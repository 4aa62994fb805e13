import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";

/** A file of Consul's configuration. */
export interface SourceFile {
    /** Its path as it is said: the one of the command line, or one below it. */
    readonly path: string;
    readonly format: "hcl" | "json";
    readonly text: string;
}

/** The files that were found, in the order in which Consul reads them. */
export interface Sources {
    readonly files: readonly SourceFile[];
    /** Files in named folders that Consul would not read: their names end otherwise. */
    readonly skipped: readonly string[];
}

/**
 * Reads files and folders as Consul does with `-config-file` and `-config-dir`: in the order of the command line, a
 * folder's files by their names, and none of the folders below it.
 *
 * @param from the folder that the paths are relative to.
 * @throws TaskFailure where one is not there, or is no configuration.
 */
export async function readSources(paths: readonly string[], from: string): Promise<Sources> {
    const files: SourceFile[] = [];
    const skipped: string[] = [];
    for (const path of paths) {
        const found = await stat(resolve(from, path)).catch(() => undefined);
        if (found === undefined) {
            throw new TaskFailure(`${path}: there is no such file or folder`, exitCodes.missing);
        }
        if (!found.isDirectory()) {
            const format = formatOf(path);
            if (format === undefined) {
                throw new TaskFailure(
                    `${path}: its name ends neither in .hcl nor in .json; Consul would not read it either`,
                    exitCodes.misused,
                );
            }
            files.push({ path, format, text: await readText(resolve(from, path)) });
            continue;
        }
        for (const name of await namesIn(resolve(from, path))) {
            const format = formatOf(name);
            if (format === undefined) {
                skipped.push(join(path, name));
            } else {
                const text = await readText(resolve(from, path, name));
                files.push({ path: join(path, name), format, text });
            }
        }
    }
    if (files.length === 0) {
        throw new TaskFailure(`${paths.join(", ")}: there is no file .hcl or .json in it`);
    }
    return { files, skipped };
}

/** The files of a folder in the order of their names' bytes, links to files among them. */
async function namesIn(folder: string): Promise<string[]> {
    const names = await readdir(folder);
    const kinds = await Promise.all(names.map((name) => stat(join(folder, name))));
    return names
        .filter((_, index) => kinds[index]?.isFile() === true)
        .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function formatOf(path: string): SourceFile["format"] | undefined {
    const end = extname(path);
    return end === ".hcl" ? "hcl" : end === ".json" ? "json" : undefined;
}

/** A file's text, without the mark that some editors begin with. */
async function readText(path: string): Promise<string> {
    return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
}
