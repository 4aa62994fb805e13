import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describeError } from "../../scripts/system/progress.ts";

/** How long a site may take to begin its answer; a computer without a network fails after that. */
const answerWithinMs = 20_000;

/** Downloads a file whose checksum is known beforehand; any other content is removed again. */
export async function download(url: string, sha256: string, path: string): Promise<void> {
    const timeout = new AbortController();
    const timer = setTimeout(() => {
        timeout.abort(new Error(`no answer within ${answerWithinMs / 1000} s`));
    }, answerWithinMs);
    const response = await fetch(url, { signal: timeout.signal })
        .catch((error: unknown) => {
            throw new Error(`${url}: ${describeError(error)}`);
        })
        .finally(() => {
            clearTimeout(timer);
        });
    if (!response.ok || response.body === null) {
        throw new Error(`${url}: answered ${response.status} ${response.statusText}`.trim());
    }
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
    const got = await sha256Of(path);
    if (got !== sha256) {
        await rm(path, { force: true });
        throw new Error(`${url}: its sha256 is "${got}"; expected "${sha256}"`);
    }
}

/** The checksum of a file, read piece by piece. */
export async function sha256Of(path: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
}
