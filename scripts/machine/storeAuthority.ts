import { X509Certificate, createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DockerMachineCli, findBinary } from "./dockerMachineCli.ts";
import { progress } from "../system/progress.ts";
import type { StoreRequest } from "../protocol/requests.ts";
import { entries, storeLayout, type StoreLayout } from "./storeLayout.ts";

/**
 * Sees that a store has a certificate authority and a client certificate of it, and makes them anew
 * where that is asked for and not done yet. Nobody else may work on the store meanwhile.
 *
 * docker-machine makes an authority on its first create and takes no lock: of several first creates
 * side by side each makes one, and the machines end up with certificates of different authorities. So it
 * is made here, once, before any machine.
 *
 * @throws Error where it is missing and there are machines that rely on it.
 */
export async function ensureAuthority(request: StoreRequest, layout: StoreLayout): Promise<void> {
    await takeBack(layout);
    if (!(await authorityIsSound(layout))) {
        await makeFirst(request, layout);
    } else if (request.renewal !== undefined && request.renewal !== (await renewed(layout))) {
        await renew(request, layout, request.renewal);
    }
}

/** For what a store's authority was made anew last; undefined for the first one. */
export async function renewed({ renewed: file }: StoreLayout): Promise<string | undefined> {
    return readFile(file, "utf8").catch(() => undefined);
}

async function makeFirst(request: StoreRequest, layout: StoreLayout): Promise<void> {
    const machines = (await entries(layout.machines)).filter((name) => !isWarmup(name));
    if (machines.length > 0) {
        throw new Error(
            `${request.store}: its certificate authority is missing or damaged, but it keeps the ` +
                `machines ${machines.join(", ")}; restore its folder "certs" from a backup, or ` +
                "remove these machines.",
        );
    }
    progress("making the certificate authority of the machines");
    await rm(layout.certs, { recursive: true, force: true });
    await make(request, layout);
}

/**
 * Puts another authority in the place of one that lapses. Each machine keeps copies of what its engine
 * knows, and works with them until it is provisioned again.
 */
async function renew(request: StoreRequest, layout: StoreLayout, reason: string): Promise<void> {
    progress(`making the certificate authority of the machines anew (${reason})`);
    await rm(layout.renewing, { recursive: true, force: true });
    await mkdir(layout.renewing, { mode: 0o700 });
    const fresh = storeLayout(layout.renewing);
    await make(request, fresh);
    await rm(layout.lapsing, { recursive: true, force: true });
    await rename(layout.certs, layout.lapsing);
    await rename(fresh.certs, layout.certs);
    await writeFile(layout.renewed, reason);
    await rm(layout.lapsing, { recursive: true });
    await rm(layout.renewing, { recursive: true });
}

/** After an interruption between its two moves. */
async function takeBack(layout: StoreLayout): Promise<void> {
    if (!existsSync(layout.certs) && existsSync(layout.lapsing)) {
        await rename(layout.lapsing, layout.certs);
    }
}

async function make(request: StoreRequest, layout: StoreLayout): Promise<void> {
    const cli = new DockerMachineCli(await findBinary(request.binary), layout.root);
    // A machine of the driver "none" is only an entry in the store; making it makes the authority.
    const warmup = `warmup-${process.pid}`;
    await cli.must(["create", "--driver=none", "--url=tcp://127.0.0.1:1", warmup]);
    await cli.must(["rm", "-y", warmup]);
    for (const left of (await entries(layout.machines)).filter(isWarmup)) {
        await rm(join(layout.machines, left), { recursive: true, force: true });
    }
    if (!(await authorityIsSound(layout))) {
        throw new Error(`${request.store}: docker-machine left its certificates incomplete.`);
    }
}

function isWarmup(machine: string): boolean {
    return machine.startsWith("warmup-");
}

/** Whether authority and client certificate are there, belong together, and have their keys. */
async function authorityIsSound({ certs }: StoreLayout): Promise<boolean> {
    try {
        const [ca, caKey, cert, key] = await Promise.all(
            ["ca.pem", "ca-key.pem", "cert.pem", "key.pem"].map((file) =>
                readFile(join(certs, file)),
            ),
        );
        if (!ca || !caKey || !cert || !key) {
            return false;
        }
        const authority = new X509Certificate(ca);
        const client = new X509Certificate(cert);
        return (
            authority.checkPrivateKey(createPrivateKey(caKey)) &&
            client.checkPrivateKey(createPrivateKey(key)) &&
            client.verify(createPublicKey(ca))
        );
    } catch {
        return false;
    }
}
