import { createReadStream, createWriteStream } from "node:fs";
import { chmod } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";

/** Takes the program out of the agents' image, an archive of one layer as this project makes it. */
export async function takeConsul(archive: string, to: string): Promise<void> {
    const found: string[] = [];
    const outer = extract();
    const inner = extract();
    outer.on("entry", (header, stream, next) => {
        stream.once("end", next);
        if (header.name === "layer.tar") {
            stream.pipe(inner);
        } else {
            stream.resume();
        }
    });
    inner.on("entry", (header, stream, next) => {
        if (header.name !== "bin/consul") {
            stream.once("end", next).resume();
            return;
        }
        found.push(header.name);
        pipeline(stream, createWriteStream(to)).then(() => {
            next();
        }, next);
    });
    const emptied = new Promise<void>((done, failed) => {
        inner.once("finish", done).once("error", failed);
    });
    await pipeline(createReadStream(archive), outer);
    await emptied;
    if (found.length === 0) {
        throw new Error(`${archive}: it has no bin/consul.`);
    }
    await chmod(to, 0o755);
}
