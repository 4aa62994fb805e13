import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The project's own folder, wherever a task is started from. */
export const projectRoot: string = resolve(import.meta.dirname, "../..");

/** What runs of this clone leave: local Pulumi state, machine stores, logs. Ignored by git. */
export const stateFolder: string = join(projectRoot, ".state");

/** What the project fetched for itself and may throw away: Node, links to tools, image archives. */
export const toolsFolder: string = join(projectRoot, ".tools");

/** Holds the links to fetched tools; it is the first folder of PATH in every task. */
export const binFolder: string = join(toolsFolder, "bin");

/**
 * The folder in the user's cache that all clones of the project share, since what is kept there
 * takes minutes to build and depends on nothing but its version.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
    const given = env.XDG_CACHE_HOME;
    // The specification says that a relative path here is to be ignored.
    const base = given?.startsWith("/") === true ? given : join(env.HOME ?? homedir(), ".cache");
    return join(base, "consul-machines");
}
