import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../scripts/system/process.ts";
import { inScratch } from "../../scripts/system/files.ts";
import { imageTool } from "./consulImage.ts";
import { aptObstacle, unpackDebian } from "./debianPackages.ts";
import { buildGoProgram, goArch, goObstacle, type GoProgram } from "./goModule.ts";
import { projectRoot } from "./paths.ts";
import { versions } from "./versions.ts";

/** Redis: as configured where that can be pulled, else from this computer's Debian packages. */
export const redisImageTool = programImageTool(
    { name: "redis", version: "debian" },
    { entrypoint: "/usr/bin/redis-server", seconds: 20 },
    async (root) => {
        await unpackDebian(["redis-tools"], root);
        // One program of three names; the package that has this one would bring users and Perl.
        await symlink("redis-check-rdb", join(root, "usr/bin/redis-server"));
    },
);

/** Node: as configured where that can be pulled, else the one that npm carries, with Debian's
 * libraries. */
export const nodeImageTool = programImageTool(
    { name: "node", version: versions.node.fetched },
    { entrypoint: "/usr/bin/node", seconds: 40 },
    async (root) => {
        await unpackDebian(["libc6", "libstdc++6", "libgcc-s1"], root);
        await addNode(join(root, "usr/bin/node"));
    },
);

const registrator: GoProgram = {
    folder: "cli/tools/go/registrator",
    package: ".",
    platform: { os: "linux", arch: goArch() },
};
const registratorVersion = sourceHash(join(projectRoot, registrator.folder));

/** Registrator: as configured where that can be pulled, else a program of this project that does the same with the
 * same arguments. No package registry has registrator itself. */
export const registratorImageTool = imageTool({
    title: "registrator",
    name: "registrator",
    version: registratorVersion,
    note: "this project's stand-in for it, built with Go",
    build: {
        how: "building this project's stand-in for it with Go",
        seconds: 30,
        obstacle: () => goObstacle(registrator),
        entrypoint: ["/bin/registrator"],
        path: "/bin",
        madeBy: "COPY registrator /bin/",
        tag: `consul-machines/registrator:${registratorVersion}`,
        fill: async (root) => {
            const program = join(root, "bin", "registrator");
            await mkdir(join(root, "bin"), { mode: 0o755 });
            await buildGoProgram(registrator, program);
            await chmod(program, 0o755);
        },
    },
    advice: () => "install Go, and try again.",
});

/** progrium's Consul of 2015: as configured where that can be pulled, else an archive that was put
 * into the cache: no package registry has what Consul 0.5.2 was built from. */
export const progriumImageTool = programImageTool({ name: "progrium", version: "0.5.2" });

/** An image of another program than the stack's Consul, for an example or a test. */
function programImageTool(
    { name, version }: { readonly name: string; readonly version: string },
    made?: { readonly entrypoint: string; readonly seconds: number },
    fill?: (root: string) => Promise<void>,
) {
    return imageTool({
        title: name,
        name,
        version,
        ...(made &&
            fill && {
                build: {
                    how: `putting ${name} into an archive`,
                    seconds: made.seconds,
                    obstacle: aptObstacle,
                    entrypoint: [made.entrypoint],
                    path: "/usr/bin:/bin",
                    madeBy: "ADD root /",
                    tag: `consul-machines/${name}:${version}`,
                    fill,
                },
            }),
        advice: (configured, archive) =>
            `save it elsewhere and put it here: docker save -o ${archive} ${configured}`,
    });
}

/** What the source of a program is, so that a change of it makes another image. */
function sourceHash(folder: string): string {
    const hash = createHash("sha256");
    for (const name of readdirSync(folder).sort()) {
        hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
    }
    return hash.digest("hex").slice(0, 12);
}

/** Puts the Node that npm carries at a path. */
async function addNode(path: string): Promise<void> {
    const carrier = `node-linux-${process.arch}`;
    const wanted = `${carrier}@${versions.node.fetched}`;
    await inScratch("node", async (folder) => {
        await mkdir(join(folder, "node_modules"));
        const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
        const command = ["npm", ...words, "--prefix", folder, wanted];
        await mustRun(`npm cannot fetch ${wanted}`, command, { cwd: folder });
        await copyFile(join(folder, "node_modules", carrier, "bin", "node"), path);
        await chmod(path, 0o755);
    });
}
