import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";

/** A file as a Docker Engine gives it out of a container. */
export async function packed(name: string, text: string, mtime = new Date()): Promise<string> {
    const archive = pack();
    archive.entry({ name, mtime }, text);
    archive.finalize();
    return (await buffer(archive)).toString();
}

/** The JSON file that was put into a container. */
export async function unpacked(archive: string): Promise<unknown> {
    const parts = extract();
    parts.end(Buffer.from(archive));
    let found: unknown;
    for await (const part of parts) {
        found = JSON.parse((await buffer(part)).toString());
    }
    return found;
}
