import { X509Certificate, createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoreRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";
import { Store } from "./store.ts";
import type { StoreLayout } from "./storeLayout.ts";

/**
 * Makes a store's certificate authority (CA) and a client certificate of it, unless they are there, and
 * renews them where that is asked for and not done yet. No other process may work on the store meanwhile.
 *
 * docker-machine makes a CA on its first create and takes no lock: of several first creates side by side
 * each makes one, and the machines end up with certificates of different CAs. So it is made here, once,
 * before any machine.
 *
 * @throws Error where it is missing and there are machines that rely on it.
 */
export async function ensureAuthority(request: StoreRequest, store: Store): Promise<void> {
    const { layout } = store;
    // After an interruption between the two moves of a renewal.
    if (!existsSync(layout.certs) && existsSync(layout.oldCerts)) {
        await rename(layout.oldCerts, layout.certs);
    }
    if (!(await isComplete(layout))) {
        await makeFirst(request, store);
    } else if (request.renewal !== undefined && request.renewal !== (await lastRenewal(layout))) {
        await renew(request, layout, request.renewal);
    }
}

/** The reason for which a store's CA was last renewed; undefined for the first one. */
export async function lastRenewal({ renewal }: StoreLayout): Promise<string | undefined> {
    return readFile(renewal, "utf8").catch(() => undefined);
}

async function makeFirst(request: StoreRequest, store: Store): Promise<void> {
    const machines = (await store.machineNames()).filter((name) => !isWarmup(name));
    if (machines.length > 0) {
        throw new Error(
            `${store.path}: its certificate authority is missing or damaged, but it keeps the ` +
                `machines ${machines.join(", ")}; restore its folder "certs" from a backup, or ` +
                "remove these machines.",
        );
    }
    progress("making the certificate authority of the machines");
    await rm(store.layout.certs, { recursive: true, force: true });
    await make(request, store);
}

/**
 * Replaces a CA that expires. Each machine keeps copies of what its engine knows, and works with them
 * until it is provisioned again.
 */
async function renew(request: StoreRequest, layout: StoreLayout, reason: string): Promise<void> {
    progress(`renewing the certificate authority of the machines (${reason})`);
    await rm(layout.newCerts, { recursive: true, force: true });
    await mkdir(layout.newCerts, { mode: 0o700 });
    const made = new Store(layout.newCerts);
    await make(request, made);
    await rm(layout.oldCerts, { recursive: true, force: true });
    await rename(layout.certs, layout.oldCerts);
    await rename(made.layout.certs, layout.certs);
    await writeFile(layout.renewal, reason);
    await rm(layout.oldCerts, { recursive: true });
    await rm(layout.newCerts, { recursive: true });
}

async function make(request: StoreRequest, store: Store): Promise<void> {
    const { layout } = store;
    const cli = await store.cli(request.binary);
    // A machine of the driver "none" is only an entry in the store; making it makes the CA.
    const warmup = `warmup-${process.pid}`;
    await cli.must(["create", "--driver=none", "--url=tcp://127.0.0.1:1", warmup]);
    await cli.must(["rm", "-y", warmup]);
    for (const left of (await store.machineNames()).filter(isWarmup)) {
        await rm(store.machine(left).folder, { recursive: true, force: true });
    }
    if (!(await isComplete(layout))) {
        throw new Error(`${request.store}: docker-machine left its certificates incomplete.`);
    }
}

const isWarmup = (machine: string): boolean => machine.startsWith("warmup-");

/** Whether CA and client certificate are there, belong together, and have their keys. */
async function isComplete({ certs }: StoreLayout): Promise<boolean> {
    try {
        const read = (file: string) => readFile(join(certs, file));
        const ca = await read("ca.pem");
        const authority = new X509Certificate(ca);
        const client = new X509Certificate(await read("cert.pem"));
        return (
            authority.checkPrivateKey(createPrivateKey(await read("ca-key.pem"))) &&
            client.checkPrivateKey(createPrivateKey(await read("key.pem"))) &&
            client.verify(createPublicKey(ca))
        );
    } catch {
        return false;
    }
}
