import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import { binFolder, cacheFolder } from "./paths.ts";

/** What a file in the cache is: the same key always means the same bytes, on any clone. */
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
 * when it is complete, and two processes that want it at the same time make it once.
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
    const release = await lock(path, {
        // The file does not exist yet.
        realpath: false,
        // The lock of a process that died expires after so long.
        stale: 30_000,
        retries: { forever: true, factor: 1, minTimeout: 500, maxTimeout: 500 },
    });
    const partial = `${path}.${process.pid}.partial`;
    try {
        if (!existsSync(path)) {
            await make(partial);
            await rename(partial, path);
        }
        return path;
    } finally {
        await rm(partial, { force: true });
        await release();
    }
}

/** Puts a link to a file at a path, in place of what was there; a copy where links are refused. */
export function linkFile(target: string, path: string): string {
    mkdirSync(dirname(path), { recursive: true });
    const fresh = `${path}.${process.pid}`;
    rmSync(fresh, { force: true });
    try {
        symlinkSync(target, fresh);
    } catch {
        cpSync(target, fresh);
    }
    renameSync(fresh, path);
    return path;
}

/** Links a fetched tool into the folder that leads PATH in every task of the project. */
export function linkTool(executable: string): string {
    return linkFile(executable, join(binFolder, basename(executable)));
}
