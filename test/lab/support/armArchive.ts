import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeImageArchive } from "../../../cli/tools/imageTarball.ts";
import { inScratch } from "../../../scripts/system/files.ts";

/** The number of AArch64 in the header of a program. */
const aarch64 = 0xb7;

/** A program for ARM that no other CPU begins to run: the header of one. */
function armProgram(): Buffer {
    const header = Buffer.alloc(64);
    header.write("\x7fELF\x02\x01\x01", "latin1");
    header.writeUInt16LE(2, 16);
    header.writeUInt16LE(aarch64, 18);
    return header;
}

/**
 * Writes an archive as `docker save` makes it on an ARM laptop, of an image whose Consul is for ARM.
 *
 * @param architecture what the image says that it is for.
 */
export async function writeArmArchive(file: string, architecture: string): Promise<void> {
    await inScratch("arm-image", async (root) => {
        const program = join(root, "bin/consul");
        await mkdir(join(root, "bin"));
        await writeFile(program, armProgram());
        await chmod(program, 0o755);
        const image = {
            root,
            entrypoint: ["/bin/consul"],
            path: "/bin",
            madeBy: "a test",
            tag: `case/consul:${architecture}`,
            architecture,
        };
        await writeImageArchive(image, file);
    });
}
