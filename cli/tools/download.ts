import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describeError } from "../../scripts/system/progress.ts";

/** How long a site may take to begin to answer; offline machines should hear so soon. */
const answerWithinMs = 20_000;

/** Downloads a file whose contents are known beforehand; anything else is thrown away again. */
export async function download(url: string, sha256: string, path: string): Promise<void> {
    const patience = new AbortController();
    const timer = setTimeout(() => {
        patience.abort(new Error(`no answer within ${answerWithinMs / 1000} s`));
    }, answerWithinMs);
    const response = await fetch(url, { signal: patience.signal })
        .catch((error: unknown) => {
            throw new Error(`${url}: ${describeError(error)}`);
        })
        .finally(() => {
            clearTimeout(timer);
        });
    if (!response.ok || response.body === null) {
        throw new Error(`${url}: answered ${response.status} ${response.statusText}`.trim());
    }
    const hash = createHash("sha256");
    const hashing = new Transform({
        transform(chunk: Buffer, _encoding, done) {
            hash.update(chunk);
            done(null, chunk);
        },
    });
    await pipeline(Readable.fromWeb(response.body), hashing, createWriteStream(path));
    const got = hash.digest("hex");
    if (got !== sha256) {
        await rm(path, { force: true });
        throw new Error(`${url}: its sha256 is "${got}"; expected "${sha256}"`);
    }
}
