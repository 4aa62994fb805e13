import { basename, dirname } from "node:path/posix";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import type { EngineApi } from "./engineApi.ts";

/** A small file in a container. */
export interface ContainerFile {
    readonly text: string;
    /** When it was written, to the second, by its machine's clock. */
    readonly written: Date;
}

/** A small file in a container, which need not run; undefined where there is none. */
export async function readContainerFile(
    engine: EngineApi,
    container: string,
    file: string,
): Promise<ContainerFile | undefined> {
    const archive = await engine.archive(container, file);
    if (archive === undefined) {
        return undefined;
    }
    const parts = extract();
    parts.end(archive);
    let found: ContainerFile | undefined;
    for await (const part of parts) {
        const text = (await buffer(part)).toString("utf8");
        found = { text, written: part.header.mtime };
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
