import { mkdir, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import { cacheFolder } from "./paths.ts";

/** What a file in the cache is: the same three words always mean the same bytes, on any clone. */
export interface CacheKey {
    readonly tool: string;
    readonly version: string;
    readonly file: string;
}

/** Where a file of the cache is, or would be. */
export function cachePath({ tool, version, file }: CacheKey, cache = cacheFolder()): string {
    return join(cache, tool, version, file);
}

/**
 * The path of a file of the cache, made first if it is not there. It appears under its name only
 * when it is whole, and two processes that want it at once make it once.
 */
export async function cached(
    key: CacheKey,
    make: (path: string) => Promise<void>,
    cache = cacheFolder(),
): Promise<string> {
    const path = cachePath(key, cache);
    if (existsSync(path)) {
        return path;
    }
    await mkdir(dirname(path), { recursive: true });
    return withLock(path, async () => {
        if (!existsSync(path)) {
            const partial = `${path}.${process.pid}.partial`;
            try {
                await make(partial);
                await rename(partial, path);
            } finally {
                await rm(partial, { force: true });
            }
        }
        return path;
    });
}

/** Runs `work` while no other process holds the lock; that of a dead process lapses by itself. */
async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
    const release = await lock(path, {
        // The file is not there yet: that it be made only once is what the lock is for.
        realpath: false,
        stale: 30_000,
        retries: { forever: true, factor: 1, minTimeout: 500, maxTimeout: 500 },
    });
    try {
        return await work();
    } finally {
        await release();
    }
}
