import { createHash } from "node:crypto";
import { chmod, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cached } from "../../../cli/tools/cache.ts";
import { buildGoProgram } from "../../../cli/tools/goModule.ts";
import type { Tool } from "../../../cli/tools/obtain.ts";
import { projectRoot } from "../../../cli/tools/paths.ts";

const folder = "test/lab/support/leasedDriver";

/** docker-machine finds a driver of its own by this name on PATH. */
const file = "docker-machine-driver-leased";

/** The folder that has the driver `leased` of docker-machine, built once for each state of its source. */
export const leasedDriverTool: Tool<string> = {
    name: "docker-machine driver",
    ways: [
        {
            kind: "build",
            how: "building it with Go",
            attempt: async () => {
                const key = { tool: "leased-driver", version: await sourceHash(), file };
                const path = await cached(key, async (into) => {
                    await buildGoProgram({ folder, package: "." }, into);
                    await chmod(into, 0o755);
                });
                return { got: dirname(path), note: "built from its source" };
            },
        },
    ],
    advice: "Install Go, and try again.",
};

async function sourceHash(): Promise<string> {
    const hash = createHash("sha256");
    const files = (await readdir(join(projectRoot, folder))).sort();
    for (const name of files) {
        hash.update(`${name}\n`).update(await readFile(join(projectRoot, folder, name)));
    }
    return hash.digest("hex").slice(0, 12);
}
