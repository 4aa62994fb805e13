import { X509Certificate, createPublicKey, createPrivateKey } from "node:crypto";
import { mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import { keepCluster } from "./clusterDissolve.ts";
import { DockerMachineCli, findBinary } from "./dockerMachineCli.ts";
import { removeMachine } from "./machineDown.ts";
import { readRecord } from "./machineRecord.ts";
import { progress } from "./progress.ts";
import type { RosterRequest, StoreRequest } from "./requests.ts";
import { removeRoster, writeRoster } from "./roster.ts";
import { entries, storeLayout, type StoreLayout } from "./storeLayout.ts";

/** Opens the store, and notes what is declared in it. */
export async function openWithRoster(request: RosterRequest): Promise<string> {
    const path = await openStore(request);
    await writeRoster(request);
    return path;
}

/** Forgets what was declared, and closes the store. */
export async function closeWithRoster(request: RosterRequest): Promise<undefined> {
    await removeRoster(request);
    return closeStore(request);
}

/**
 * Makes the store and its certificate authority, unless they are there.
 *
 * docker-machine makes the authority on its first create and takes no lock: of several first
 * creates side by side each makes one, and the machines end up with certificates of different
 * authorities. So it is made here, once, before any machine.
 */
export async function openStore(request: StoreRequest): Promise<string> {
    const layout = storeLayout(request.store);
    const made = await mkdir(layout.root, { recursive: true, mode: 0o700 });
    if (made !== undefined) {
        await writeFile(layout.marker, "");
    }
    const release = await lock(layout.root, { retries: { retries: 60, maxTimeout: 1000 } });
    try {
        if (!(await authorityIsSound(layout))) {
            await makeAuthority(request, layout);
        }
    } finally {
        await release();
    }
    return request.store;
}

async function makeAuthority(request: StoreRequest, layout: StoreLayout): Promise<void> {
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

/**
 * Removes what is left of this stack in the store: machines of a run that failed, whose Commands
 * Pulumi never recorded, and then the store itself if we made it and nobody else uses it.
 */
export async function closeStore(request: StoreRequest): Promise<undefined> {
    const layout = storeLayout(request.store);
    for (const file of await entries(layout.records)) {
        const machine = basename(file, ".json");
        const record = await readRecord(request.store, machine);
        if (record?.owner === request.owner) {
            progress(`removing ${machine}, which an interrupted run left behind`);
            const { generation } = record;
            const left = { ...request, machine, driver: "", flags: [], hostRemains: true };
            await removeMachine({ ...left, generation });
        }
    }
    await keepCluster(request);
    const isOurs = (await entries(layout.root)).includes(basename(layout.marker));
    if (isOurs && (await entries(layout.machines)).length === 0) {
        await rm(layout.root, { recursive: true, force: true });
        // The folder that held the stores of all stacks goes with the last of them.
        await rmdir(dirname(layout.root)).catch(() => undefined);
    }
    return undefined;
}
