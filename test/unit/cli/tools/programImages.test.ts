import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { obtain } from "../../../../cli/tools/obtain.ts";
import {
    nodeImageTool,
    progriumImageTool,
    redisImageTool,
    registratorImageTool,
} from "../../../../cli/tools/programImages.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

test("an archive that is named is taken as it is", async () => {
    const archive = join(await tempFolder(), "redis.tar");
    await writeFile(archive, "");
    expect(await obtain(redisImageTool(archive), { only: "find" })).toEqual({ image: archive });
});

test("what can be made here has a way to be made, progrium's has none", () => {
    const tools = [redisImageTool, nodeImageTool, registratorImageTool, progriumImageTool];
    const ways = tools.map((tool) =>
        tool("some:image").ways.map(({ kind, how }) => `${kind}: ${how}`),
    );
    const found = ["find: as configured", "find: archive made before"];
    expect(ways).toEqual([
        [...found, "build: putting redis into an archive"],
        [...found, "build: putting node into an archive"],
        [...found, "build: building this project's stand-in for it with Go"],
        found,
    ]);
});

test("where there is no image of progrium, it is said where an archive of it belongs", async () => {
    const cache = await tempFolder();
    stubEnv("XDG_CACHE_HOME", cache);
    const none = join(cache, "none.tar");
    const asked = obtain(progriumImageTool(none), { only: "find" });
    await expect(asked).rejects.toThrow(`as configured: there is no ${none}`);
    await expect(asked).rejects.toThrow("archive made before: none");
    await expect(asked).rejects.toThrow(
        new RegExp(`docker save -o ${cache}/consul-machines/progrium/0\\.5\\.2/progrium-0`),
    );
});
