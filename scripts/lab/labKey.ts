import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { LabKeyRequest } from "../protocol/requests.ts";
import { run } from "../system/process.ts";
import { outputOf } from "./labBase.ts";

/**
 * Makes the key pair that docker-machine logs in to the lab machines with, unless it is there.
 *
 * @returns the public key, one line.
 */
export async function makeLabKey({ keyFile }: LabKeyRequest): Promise<string> {
    const publicKey = `${keyFile}.pub`;
    try {
        return (await readFile(publicKey, "utf8")).trim();
    } catch {
        // Not there yet. A private key without its public half is left of an interrupted run.
        await removeLabKey({ keyFile });
    }
    await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
    const words = ["-q", "-t", "ed25519", "-N", "", "-C", "consul-machines lab", "-f", keyFile];
    outputOf("ssh-keygen", await run("ssh-keygen", words));
    return (await readFile(publicKey, "utf8")).trim();
}

/** Removes the key pair. */
export async function removeLabKey({ keyFile }: LabKeyRequest): Promise<undefined> {
    await Promise.all([keyFile, `${keyFile}.pub`].map((file) => rm(file, { force: true })));
}
