import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { cached, cachePath } from "../../../../cli/tools/cache.ts";
import { cacheFolder } from "../../../../cli/tools/paths.ts";

const key = { tool: "saw", version: "1.2.3", file: "saw" };

function emptyCache(): string {
    return mkdtempSync(join(tmpdir(), "cache-"));
}

describe("cached", () => {
    it("keys a file by tool and version", () => {
        expect(cachePath(key, "/cache")).toBe("/cache/saw/1.2.3/saw");
    });

    it("makes a file once", async () => {
        const cache = emptyCache();
        let made = 0;
        const make = async (path: string) => {
            made += 1;
            await writeFile(path, "sharp");
        };
        const path = await cached(key, make, cache);
        expect(await cached(key, make, cache)).toBe(path);
        expect(readFileSync(path, "utf8")).toBe("sharp");
        expect(made).toBe(1);
    });

    it("makes it once though two want it at the same time", async () => {
        const cache = emptyCache();
        let made = 0;
        const make = async (path: string) => {
            made += 1;
            await sleep(50);
            await writeFile(path, "sharp");
        };
        const paths = await Promise.all([cached(key, make, cache), cached(key, make, cache)]);
        expect(paths[0]).toBe(paths[1]);
        expect(made).toBe(1);
    });

    it("shows nothing under the file's name before it is complete", async () => {
        const cache = emptyCache();
        const path = cachePath(key, cache);
        await cached(
            key,
            async (partial) => {
                await writeFile(partial, "sh");
                expect(existsSync(path)).toBe(false);
                await writeFile(partial, "sharp");
            },
            cache,
        );
        expect(readFileSync(path, "utf8")).toBe("sharp");
    });

    it("leaves nothing behind when making fails, and can be asked again", async () => {
        const cache = emptyCache();
        const fail = async (partial: string) => {
            await writeFile(partial, "sh");
            throw new Error("out of steel");
        };
        await expect(cached(key, fail, cache)).rejects.toThrow("out of steel");
        expect(readdirSync(dirname(cachePath(key, cache)))).toEqual([]);
        await cached(key, (path) => writeFile(path, "sharp"), cache);
        expect(existsSync(cachePath(key, cache))).toBe(true);
    });
});

describe("cacheFolder", () => {
    it.each([
        [{ XDG_CACHE_HOME: "/fast", HOME: "/home/me" }, "/fast/consul-machines"],
        [{ XDG_CACHE_HOME: "relative", HOME: "/home/me" }, "/home/me/.cache/consul-machines"],
        [{ XDG_CACHE_HOME: "", HOME: "/home/me" }, "/home/me/.cache/consul-machines"],
        [{ HOME: "/home/me" }, "/home/me/.cache/consul-machines"],
    ])("of %j is %s", (env, expected) => {
        expect(cacheFolder(env)).toBe(expected);
    });
});
