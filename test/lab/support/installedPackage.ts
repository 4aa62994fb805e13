import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../cli/tools/paths.ts";
import { mustRun } from "../../../scripts/system/process.ts";
import packageJson from "../../../package.json" with { type: "json" };

/**
 * Installs the package, built, beside a program, as npm does: in `node_modules`, with its command, and with the packages
 * that this project has.
 *
 * @param folder the program's.
 */
export async function installPackage(folder: string): Promise<void> {
    const modules = join(folder, "node_modules");
    await linkPackages(join(projectRoot, "node_modules"), modules);
    const installed = join(modules, packageJson.name);
    for (const path of ["package.json", ...packageJson.files.filter((one) => one !== "dist")]) {
        await cp(join(projectRoot, path), join(installed, path), { recursive: true });
    }
    const tsc = join(projectRoot, "node_modules", ".bin", "tsc");
    const built = ["--project", "tsconfig.build.json", "--outDir", join(installed, "dist")];
    await mustRun("the package is not built", [tsc, ...built], { cwd: projectRoot });
    const command = join(installed, packageJson.bin["consul-machines"]);
    const link = join(modules, ".bin", "consul-machines");
    await mkdir(dirname(link), { recursive: true });
    // npm makes the file executable; a script is the same on every system of the lab.
    await writeFile(link, `#!/bin/sh\nexec node '${command}' "$@"\n`, { mode: 0o755 });
}

/** Links each package, those of scopes too. */
async function linkPackages(from: string, to: string): Promise<void> {
    for (const entry of await readdir(from, { withFileTypes: true })) {
        const { name } = entry;
        if (name.startsWith("@")) {
            await linkPackages(join(from, name), join(to, name));
        } else if (!name.startsWith(".")) {
            await mkdir(to, { recursive: true });
            await symlink(join(from, name), join(to, name));
        }
    }
}
