import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import type { KeptFiles } from "../protocol/keptStore.ts";
import { entries, replaceFile } from "../system/files.ts";
import { parseJson } from "../system/json.ts";
import { configOf, keptNames, placeStore, recordOf, servedOf } from "./keptFiles.ts";
import { generationOf, isRecord, type MachineRecord } from "./machineRecord.ts";
import { wasRemoved } from "./removedMachines.ts";
import type { Store } from "./store.ts";

/** Who may read what is laid down: the user of this process alone. */
const privateFile = 0o600;
const privateFolder = 0o700;

/** What is laid down of a part: all of it, the files that are missing, or what the state has of a later date. */
type Lack = "all" | "missing" | "later";

/**
 * Lays down in a store's folder what a state keeps of it and the folder lacks. What is there stays, but for what the
 * state has of a later date: certificates, by the time from which they are valid, and a machine of a later generation.
 * A machine that was removed here stays removed, and so does one that is being made.
 *
 * Each part appears as a whole, and an interrupted run is completed by the next one. Nobody else of ours works on the
 * store meanwhile.
 *
 * @returns what was laid down: names of machines, and `certs` for the store's CA.
 */
export async function layStore(store: Store, kept: KeptFiles): Promise<string[]> {
    const { root } = store.layout;
    if (!(await lacksAny(store, kept))) {
        return [];
    }
    await mkdir(root, { recursive: true, mode: privateFolder });
    const retries = { retries: 60, minTimeout: 100, maxTimeout: 1000 };
    const release = await lock(root, { retries });
    return lay(store, kept).finally(release);
}

async function lacksAny(store: Store, kept: KeptFiles): Promise<boolean> {
    const lacks = await Promise.all([
        lackOfAuthority(store, kept),
        ...keptNames(kept).map((name) => lackOf(store, kept, name)),
    ]);
    return lacks.some((lack) => lack !== undefined) || singles(store, kept).length > 0;
}

async function lay(store: Store, kept: KeptFiles): Promise<string[]> {
    const { layout } = store;
    const marker = basename(layout.marker);
    const isNew = !existsSync(layout.certs) && (await store.machineNames()).length === 0;
    if (isNew && kept[marker] !== undefined) {
        // Our own folder, which goes with its last machine: on every computer.
        await writeFile(layout.marker, "");
    }
    const laid: string[] = [];
    if ((await lackOfAuthority(store, kept)) !== undefined) {
        await layAuthority(store, kept);
        laid.push("certs");
    }
    for (const name of keptNames(kept)) {
        const lack = await lackOf(store, kept, name);
        if (lack !== undefined) {
            await layMachine(store, kept, name, lack);
            laid.push(name);
        }
    }
    for (const path of singles(store, kept)) {
        await layFile(join(layout.root, path), kept[path] ?? "");
    }
    return laid;
}

/** What a store lacks of its CA. One that is there and damaged is for `store open` to judge. */
async function lackOfAuthority({ layout }: Store, kept: KeptFiles): Promise<Lack | undefined> {
    const authority = kept["certs/ca.pem"];
    if (authority === undefined) {
        return undefined;
    }
    if ((await entries(layout.certs)).length === 0) {
        // After an interruption between the two moves of a renewal it comes back by itself.
        return existsSync(layout.oldCerts) ? undefined : "all";
    }
    return isLater(authority, await textOf(join(layout.certs, "ca.pem"))) ? "later" : undefined;
}

async function layAuthority({ layout }: Store, kept: KeptFiles): Promise<void> {
    const paths = Object.keys(kept).filter((path) => path.startsWith("certs/"));
    await layFolder(layout.newCerts, kept, paths);
    if ((await entries(layout.certs)).length > 0) {
        await rm(layout.oldCerts, { recursive: true, force: true });
        await rename(layout.certs, layout.oldCerts);
    }
    await rm(layout.certs, { recursive: true, force: true });
    await rename(layout.newCerts, layout.certs);
    const renewal = kept[basename(layout.renewal)];
    if (renewal !== undefined) {
        await layFile(layout.renewal, renewal);
    }
    await rm(layout.oldCerts, { recursive: true, force: true });
}

/** What a store lacks of one machine. */
async function lackOf(store: Store, kept: KeptFiles, name: string): Promise<Lack | undefined> {
    const machine = store.machine(name);
    const [here, record] = [await machine.exists(), await machine.record()];
    const theirs = recordIn(kept, name);
    if (theirs === undefined || (record !== undefined && record.owner !== theirs.owner)) {
        return undefined;
    }
    const [before, now] = [generationOf(record ?? {}), generationOf(theirs)];
    const served = kept[servedOf(name)];
    if (record?.state === "making" && (here || before >= now)) {
        return undefined;
    }
    if (!here) {
        const isNext = record === undefined || before <= now;
        return isNext && !(await wasRemoved(store, name, now, served)) ? "all" : undefined;
    }
    const own = await textOf(machine.files.serverCert);
    if (record !== undefined && (before < now || (before === now && isLater(served, own)))) {
        return "later";
    }
    // Of another machine than the one that is kept nothing is added to.
    const isSame = own === served || (own === undefined && record !== undefined && before === now);
    const isWhole = record !== undefined && missing(store, kept, name).length === 0;
    return !isSame || isWhole || (await wasRemoved(store, name, now, served))
        ? undefined
        : "missing";
}

/** The files of a machine's entry that are kept and not here. */
function missing({ layout }: Store, kept: KeptFiles, name: string): string[] {
    return entryOf(kept, name).filter((path) => !existsSync(join(layout.root, path)));
}

/** The files of a machine's entry that are kept. */
function entryOf(kept: KeptFiles, name: string): string[] {
    return Object.keys(kept).filter((path) => path.startsWith(`machines/${name}/`));
}

async function layMachine(store: Store, kept: KeptFiles, name: string, lack: Lack): Promise<void> {
    const { layout } = store;
    const machine = store.machine(name);
    const paths = entryOf(kept, name);
    const placed = {
        ...kept,
        [configOf(name)]: placeStore(kept[configOf(name)] ?? "", layout.root),
    };
    if (lack === "all") {
        const unfinished = join(layout.laying, name);
        await layFolder(unfinished, placed, paths);
        await mkdir(layout.machines, { recursive: true, mode: privateFolder });
        await rename(unfinished, machine.folder);
        await rm(layout.laying, { recursive: true });
    }
    // By the engine's certificate it is told whether this was done: it comes last.
    const served = servedOf(name);
    const one = { all: [], missing: missing(store, kept, name), later: paths }[lack];
    const [first, last] = [false, true].map((isLast) =>
        one.filter((path) => (path === served) === isLast),
    );
    for (const path of [...(first ?? []), recordOf(name), ...(last ?? [])]) {
        await layFile(join(layout.root, path), placed[path] ?? "");
    }
}

/** The files that stand alone and are not there: which machines are declared, and the key of lab machines, its public
 * half last. */
function singles({ layout }: Store, kept: KeptFiles): string[] {
    return Object.keys(kept)
        .filter((path) => /^(rosters|lab-ssh)\//.test(path))
        .filter((path) => !existsSync(join(layout.root, path)))
        .toSorted();
}

function recordIn(kept: KeptFiles, name: string): MachineRecord | undefined {
    const record = parseJson(kept[recordOf(name)] ?? "");
    return isRecord(record) ? record : undefined;
}

/** Whether a certificate is valid from a later time than another one. */
function isLater(one: string | undefined, other: string | undefined): boolean {
    const [later, earlier] = [validFrom(one), validFrom(other)];
    return later !== undefined && earlier !== undefined && later > earlier;
}

function validFrom(certificate: string | undefined): number | undefined {
    try {
        return certificate === undefined
            ? undefined
            : new Date(new X509Certificate(certificate).validFrom).getTime();
    } catch {
        return undefined;
    }
}

async function layFolder(folder: string, kept: KeptFiles, paths: readonly string[]): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: privateFolder });
    for (const path of paths) {
        await writeFile(join(folder, basename(path)), kept[path] ?? "", { mode: privateFile });
    }
}

async function layFile(file: string, text: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: privateFolder });
    await replaceFile(file, text, privateFile);
}

async function textOf(file: string): Promise<string | undefined> {
    return readFile(file, "utf8").catch(() => undefined);
}
