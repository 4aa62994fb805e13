import { basename, dirname, join, relative } from "node:path/posix";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import type { EngineApi } from "./engineApi.ts";

/** Whose a file is, and who may read it. */
export interface FileRights {
    /** Its permissions, such as 0o600. */
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
}

/** A small file in a container. */
export interface ContainerFile extends FileRights {
    readonly text: string;
    /** When it was written, to the second, by its machine's clock. */
    readonly written: Date;
}

/** A file or folder that is put into a container. */
export interface PlacedFile extends FileRights {
    /** Its absolute path. */
    readonly path: string;
    /** What is in it. @default it is a folder */
    readonly text?: string;
}

/** A small file in a container, which need not run; undefined where there is none. */
export async function readContainerFile(
    engine: EngineApi,
    container: string,
    file: string,
): Promise<ContainerFile | undefined> {
    return [...(await readContainerFiles(engine, container, file)).values()].at(-1);
}

/** The small files of a folder in a container, which need not run, by their absolute paths; none where there is no
 * such folder. Of a file, itself. */
export async function readContainerFiles(
    engine: EngineApi,
    container: string,
    folder: string,
): Promise<ReadonlyMap<string, ContainerFile>> {
    const found = new Map<string, ContainerFile>();
    const archive = await engine.archive(container, folder);
    if (archive === undefined) {
        return found;
    }
    const parts = extract();
    parts.end(archive);
    for await (const part of parts) {
        const { name, type, mtime: written, mode, uid, gid } = part.header;
        const text = (await buffer(part)).toString("utf8");
        if (type === "file") {
            const rights = { mode: mode & 0o7777, uid, gid };
            found.set(join(dirname(folder), name), { text, written, ...rights });
        }
    }
    return found;
}

/** Writes a small file into a container, which need not run. Whatever user its program has may read
 * it. */
export async function writeContainerFile(
    engine: EngineApi,
    container: string,
    file: string,
    content: string,
): Promise<void> {
    const archive = pack();
    archive.entry({ name: basename(file), mode: 0o644 }, content);
    archive.finalize();
    await engine.copyIn(container, dirname(file), Readable.from(archive));
}

/**
 * Puts small files and folders into a container, which need not run, in this order and in one request.
 *
 * @param base the folder that all of them are below. In a container whose root is read-only it has to be on a volume.
 */
export async function placeContainerFiles(
    engine: EngineApi,
    container: string,
    base: string,
    files: readonly PlacedFile[],
): Promise<void> {
    const archive = pack();
    for (const { path, text, ...rights } of files) {
        const name = relative(base, path);
        if (text === undefined) {
            archive.entry({ name: `${name}/`, type: "directory", ...rights });
        } else {
            archive.entry({ name, ...rights }, text);
        }
    }
    archive.finalize();
    await engine.copyIn(container, base, Readable.from(archive));
}
