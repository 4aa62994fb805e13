import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { binFolder } from "./paths.ts";

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

/** Makes a fetched tool one that PATH finds, in every task of the project. */
export function linkTool(executable: string, name: string = basename(executable)): string {
    return linkFile(executable, join(binFolder, name));
}
