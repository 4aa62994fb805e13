import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stubEnv } from "./stubEnv.ts";
import { tempFolder } from "./tempFolder.ts";

/**
 * Puts shell scripts in front of PATH until the running test ends; they stand in for programs.
 *
 * @returns their folder.
 */
export async function standIns(programs: Readonly<Record<string, string>>): Promise<string> {
    const folder = await tempFolder();
    for (const [name, text] of Object.entries(programs)) {
        writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
        chmodSync(join(folder, name), 0o755);
    }
    stubEnv("PATH", `${folder}:${process.env.PATH ?? ""}`);
    return folder;
}
