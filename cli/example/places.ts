import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, stateFolder } from "../tools/paths.ts";
import { stackName } from "../stack/stackSettings.ts";
import type { ProgramPlace } from "../stack/workspace.ts";

/** Where the examples are, a folder each. */
export const examplesFolder: string = join(projectRoot, "examples");

/** Where every example keeps docker-machine's store, relative to its own folder. */
export const machinesFolder = ".state/machines";

/** The names of all examples. */
export function exampleNames(): string[] {
    return readdirSync(examplesFolder)
        .filter((name) => existsSync(join(examplesFolder, name, "Pulumi.yaml")))
        .sort();
}

/** The place of an example's program, and of what its stack leaves. */
export function examplePlace(name: string): ProgramPlace {
    return {
        folder: join(examplesFolder, name),
        workFolder: join(stateFolder, "run", "examples", name, stackName),
    };
}
