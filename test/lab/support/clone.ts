import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../../cli/tools/paths.ts";

/**
 * Clones the project as it is now into a new folder, as a colleague or a CI job has it: without `.state`. Packages and
 * tools are those of this folder.
 *
 * @returns the clone's folder.
 */
export async function cloneProject(): Promise<string> {
    const clone = await mkdtemp(join(tmpdir(), "consul-machines-clone-"));
    const words = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    const { stdout } = await promisify(execFile)("git", words, {
        cwd: projectRoot,
        maxBuffer: 16 * 1024 * 1024,
    });
    for (const file of stdout.split("\0").filter((name) => name !== "")) {
        await mkdir(dirname(join(clone, file)), { recursive: true });
        // A file that was deleted and is still listed is none.
        await cp(join(projectRoot, file), join(clone, file)).catch(() => undefined);
    }
    for (const shared of ["node_modules", ".tools"]) {
        await symlink(join(projectRoot, shared), join(clone, shared)).catch(() => undefined);
    }
    return clone;
}
