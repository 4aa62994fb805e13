import { chmod, copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../scripts/system/process.ts";
import { inScratch } from "../../scripts/system/files.ts";
import { imageTool } from "./consulImage.ts";
import { unpackDebian } from "./debianPackages.ts";
import { versions } from "./versions.ts";

/** Redis: as configured where that can be pulled, else from this computer's Debian packages. */
export const redisImageTool = programImageTool(
    { name: "redis", version: "debian" },
    "/usr/bin/redis-server",
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
    "/usr/bin/node",
    async (root) => {
        await unpackDebian(["libc6", "libstdc++6", "libgcc-s1"], root);
        await addNode(join(root, "usr/bin/node"));
    },
);

/** Registrator: as configured where that can be pulled, else an archive that was put into the cache.
 * It is not built here: no module proxy has its module. */
export const registratorImageTool = programImageTool({ name: "registrator", version: "7.4.0" });

/** progrium's Consul of 2015: as configured where that can be pulled, else an archive that was put
 * into the cache: no package registry has what Consul 0.5.2 was built from. */
export const progriumImageTool = programImageTool({ name: "progrium", version: "0.5.2" });

/** An image of another program than the stack's Consul, for an example or a test. */
function programImageTool(
    { name, version }: { readonly name: string; readonly version: string },
    entrypoint = "",
    fill?: (root: string) => Promise<void>,
) {
    return imageTool({
        title: name,
        name,
        version,
        ...(fill && {
            build: {
                how: `putting ${name} into an archive`,
                entrypoint: [entrypoint],
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
