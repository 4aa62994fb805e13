import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import type { Redactor } from "./redactor.ts";

/** The files of an archive by their names. */
export type Contents = ReadonlyMap<string, string>;

/**
 * Writes a compressed archive of texts, for its owner alone. None of the secrets is in it.
 *
 * @returns its size in bytes.
 * @throws Error where a text has a secret in it; then there is no archive.
 */
export async function writeArchive(
    file: string,
    folder: string,
    contents: Contents,
    redactor: Redactor,
): Promise<number> {
    const archive = pack();
    for (const [name, text] of contents) {
        if (redactor.isTold(text)) {
            throw new Error(
                `${name}: a secret is left in it; nothing was written. Please report this.`,
            );
        }
        archive.entry({ name: `${folder}/${name}`, mode: 0o600 }, text);
    }
    archive.finalize();
    const unfinished = `${file}.${process.pid}`;
    try {
        await pipeline(archive, createGzip(), createWriteStream(unfinished, { mode: 0o600 }));
        await rename(unfinished, file);
    } finally {
        await rm(unfinished, { force: true });
    }
    return (await stat(file)).size;
}
