import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
    isKeptFiles,
    keptAuthority,
    keptIn,
    keptMachine,
} from "../../../../scripts/machine/keptFiles.ts";
import { layStore } from "../../../../scripts/machine/layStore.ts";
import type { MachineRecord } from "../../../../scripts/machine/machineRecord.ts";
import { noteRemoval } from "../../../../scripts/machine/removedMachines.ts";
import { Store } from "../../../../scripts/machine/store.ts";
import type { KeptFiles } from "../../../../scripts/protocol/keptStore.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { describeProcess } from "../../../../scripts/system/processIdentity.ts";
import { makeCertificates, type Certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";
const machine = "dev-server-1";
const program = `${owner}/consul-store`;
const made: MachineRecord = { owner, state: "made" };

/** What docker-machine writes of a machine in a store, beside its driver's own. */
const configIn = (root: string) =>
    `{\n    "Driver": {\n        "IPAddress": "127.0.0.1",\n        "EnginePort": 1,\n        "Big": 12345678901234567890,\n` +
    `        "SSHKeyPath": "${root}/machines/${machine}/id_lab",\n        "StorePath": "${root}"\n    },\n` +
    `    "CertDir": "${root}/certs",\n    "Elsewhere": "${root}-other/certs"\n}`;

const texts = ({ ca, caKey, cert, key }: Certificates) =>
    Object.entries({ "ca.pem": ca, "ca-key.pem": caKey, "cert.pem": cert, "key.pem": key });

/** A store of ours with one machine, as the computer has it that made both. */
async function laidStore(all: Certificates, record = made): Promise<Store> {
    const store = new Store(join(await tempFolder(), "project", "store"));
    const { layout } = store;
    await mkdir(layout.certs, { recursive: true });
    await mkdir(join(layout.root, "lab-ssh"));
    for (const [file, text] of texts(all)) {
        await writeFile(join(layout.certs, file), text);
    }
    await writeFile(layout.marker, "");
    await writeFile(join(layout.root, "lab-ssh", "id_lab"), "private");
    await writeFile(join(layout.root, "lab-ssh", "id_lab.pub"), "public");
    await store.writeRoster({ owner, name: "consul-store", machines: [machine] });
    await putMachine(store.path, machine, 1, all);
    const { folder, files } = store.machine(machine);
    await writeFile(files.config, configIn(layout.root));
    await writeFile(join(folder, "id_lab"), "private");
    await writeFile(join(folder, "disk.vmdk"), Buffer.alloc(100_000, "x"));
    await writeFile(join(folder, "binary"), Buffer.from([0xff, 0xfe]));
    await store.machine(machine).writeRecord(record);
    return store;
}

async function keptOf(store: Store): Promise<KeptFiles> {
    return {
        ...(await keptAuthority(store, [program])),
        ...(await keptMachine(store.machine(machine))),
    };
}

async function otherFolder(): Promise<Store> {
    return new Store(join(await tempFolder(), "clone", "elsewhere"));
}

/** All files of a store, by their path in it. */
async function filesOf({ layout: { root } }: Store, folder = ""): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const name of await entries(join(root, folder))) {
        const path = folder === "" ? name : `${folder}/${name}`;
        if ((await stat(join(root, path))).isDirectory()) {
            Object.assign(found, await filesOf(new Store(root), path));
        } else {
            found[path] = await readFile(join(root, path), "utf8");
        }
    }
    return found;
}

test("an empty folder gets all that another computer needs, for its user alone, with its own paths", async () => {
    const certificates = await makeCertificates();
    const before = await laidStore(certificates);
    const store = await otherFolder();

    expect(await layStore(store, await keptOf(before))).toEqual(["certs", machine]);
    const config = `machines/${machine}/config.json`;
    const expected = await filesOf(before);
    const tooLarge = `machines/${machine}/disk.vmdk`;
    const noText = `machines/${machine}/binary`;
    const [root, rootBefore] = [store.layout.root, before.layout.root];
    expect({ ...(await filesOf(store)), [tooLarge]: "", [noText]: "" }).toEqual({
        ...expected,
        [tooLarge]: "",
        [noText]: "",
        [config]: configIn(root).replace(`${root}-other`, `${rootBefore}-other`),
    });
    const modeOf = async (path: string) => (await stat(join(store.layout.root, path))).mode & 0o777;
    for (const file of ["certs/ca-key.pem", `machines/${machine}/key.pem`, "lab-ssh/id_lab"]) {
        expect([file, await modeOf(file)]).toEqual([file, 0o600]);
    }
    for (const folder of ["", "certs", `machines/${machine}`, "records", "lab-ssh"]) {
        expect([folder, await modeOf(folder)]).toEqual([folder, 0o700]);
    }
    expect(await layStore(store, await keptOf(before))).toEqual([]);
    expect(await keptOf(store)).toEqual({
        ...(await keptOf(before)),
        [config]: expect.stringContaining("{store}/certs") as string,
    });
});

test("what is there stays, whatever the state has of the same date", async () => {
    const certificates = await makeCertificates();
    const before = await laidStore(certificates);
    const store = await laidStore(certificates, { ...made, provisioned: "here" });
    await writeFile(join(store.machine(machine).folder, "id_lab"), "another");
    const files = await filesOf(store);

    expect(await layStore(store, await keptOf(before))).toEqual([]);
    expect(await filesOf(store)).toEqual(files);
});

test("certificates that are valid from a later date take the place of those that are here, and not the other way", async () => {
    const [older, newer] = await Promise.all([makeCertificates(2020), makeCertificates(2023)]);
    const renewed = await laidStore(newer, { ...made, provisioned: "renewal" });
    await writeFile(renewed.layout.renewal, "renewal");
    const store = await laidStore(older);
    const kept = await keptOf(renewed);

    expect(await layStore(renewed, await keptOf(store))).toEqual([]);
    expect(await layStore(store, kept)).toEqual(["certs", machine]);
    expect(await readFile(join(store.layout.certs, "ca.pem"), "utf8")).toBe(newer.ca);
    expect(await readFile(store.layout.renewal, "utf8")).toBe("renewal");
    expect(await store.machine(machine).tls()).toEqual({
        ca: newer.ca,
        cert: newer.cert,
        key: newer.key,
    });
    expect(await store.machine(machine).record()).toMatchObject({ provisioned: "renewal" });
    // What the state has none of is not removed: a virtual disk, say.
    expect(await entries(store.machine(machine).folder)).toContain("disk.vmdk");
    expect(await layStore(store, kept)).toEqual([]);
});

test("a machine of a later generation takes an earlier one's place, and not the other way", async () => {
    const certificates = await makeCertificates();
    const later = await laidStore(certificates, { ...made, generation: 2 });
    const store = await laidStore(certificates);

    expect(await layStore(later, await keptOf(store))).toEqual([]);
    expect(await layStore(store, await keptOf(later))).toEqual([machine]);
    expect(await store.machine(machine).record()).toMatchObject({ generation: 2 });
});

test("a machine that was removed here, or is being made, or is another stack's, is left as it is", async () => {
    const kept = await keptOf(await laidStore(await makeCertificates()));
    const removed = await otherFolder();
    await layStore(removed, kept);
    await noteRemoval(removed, removed.machine(machine), { owner });
    await rm(join(removed.machine(machine).folder, "config.json"));
    expect(await layStore(removed, kept)).toEqual([]);
    await rm(removed.machine(machine).folder, { recursive: true });
    await removed.machine(machine).removeRecord();
    expect(await layStore(removed, kept)).toEqual([]);

    const making = await otherFolder();
    await making.machine(machine).writeRecord({ owner, state: "making" });
    expect(await layStore(making, kept)).toEqual(["certs"]);

    const foreign = await otherFolder();
    await foreign.machine(machine).writeRecord({ owner: "other/dev", state: "made" });
    expect(await layStore(foreign, kept)).toEqual(["certs"]);
    expect(await foreign.machineNames()).toEqual([]);
});

test("one that was removed here and made again elsewhere, as of the same generation, is laid down", async () => {
    const store = await laidStore(await makeCertificates());
    await noteRemoval(store, store.machine(machine), { owner });
    await rm(store.machine(machine).folder, { recursive: true });
    await store.machine(machine).removeRecord();
    const again = await keptOf(await laidStore(await makeCertificates()));
    expect(await layStore(store, again)).toContain(machine);
});

test.each<[string, (store: Store) => Promise<void>]>([
    [
        "the entry of a machine",
        ({ layout }) => rm(join(layout.machines, machine), { recursive: true }),
    ],
    ["all entries", ({ layout }) => rm(layout.machines, { recursive: true })],
    ["a machine's description", (store) => rm(store.machine(machine).files.config)],
    ["a machine's key", (store) => rm(store.machine(machine).files.key)],
    ["its engine's certificate", (store) => rm(store.machine(machine).files.serverCert)],
    [
        "the files of an entry",
        async (store) => {
            await rm(store.machine(machine).folder, { recursive: true });
            await mkdir(store.machine(machine).folder);
        },
    ],
])("a store that has lost %s is completed", async (_, lose) => {
    const before = await laidStore(await makeCertificates());
    const kept = await keptOf(before);
    const store = await otherFolder();
    await layStore(store, kept);
    const files = await filesOf(store);

    await lose(store);
    expect(await layStore(store, kept)).toEqual([machine]);
    expect(await filesOf(store)).toEqual(files);
    expect(await layStore(store, kept)).toEqual([]);
});

test("a machine's SSH key is kept by whatever name it has", async () => {
    const before = await laidStore(await makeCertificates());
    const names = ["deploy@prod.pem", "key+1", "my key"];
    for (const name of names) {
        await writeFile(join(before.machine(machine).folder, name), "private");
    }
    const store = await otherFolder();
    await layStore(store, await keptOf(before));
    expect(await entries(store.machine(machine).folder)).toEqual(expect.arrayContaining(names));
    for (const path of [
        `machines/${machine}/..`,
        `machines/${machine}/a/b`,
        "machines/../certs/x",
    ]) {
        expect(isKeptFiles({ [path]: "" })).toBe(false);
    }
});

test.each([
    ["before the CA was in place", (store: Store) => rm(store.layout.certs, { recursive: true })],
    [
        "while the CA was being written",
        async ({ layout }: Store) => {
            await rename(layout.certs, layout.newCerts);
            await rm(join(layout.newCerts, "key.pem"));
        },
    ],
    [
        "while a machine's files were being written",
        async (store: Store) => {
            await mkdir(store.layout.laying);
            await rename(store.machine(machine).folder, join(store.layout.laying, machine));
            await rm(join(store.layout.laying, machine, "key.pem"));
            await store.machine(machine).removeRecord();
        },
    ],
    ["before a machine was recorded", (store: Store) => store.machine(machine).removeRecord()],
    [
        "between the halves of the lab machines' key",
        (store: Store) => rm(join(store.layout.root, "lab-ssh", "id_lab.pub")),
    ],
    [
        "before it was known what is declared",
        (store: Store) => rm(store.layout.rosters, { recursive: true }),
    ],
])("laying down that was killed %s is completed by the next run", async (_, interrupt) => {
    const kept = await keptOf(await laidStore(await makeCertificates()));
    const store = await otherFolder();
    await layStore(store, kept);
    const whole = await filesOf(store);
    await interrupt(store);
    expect(await filesOf(store)).not.toEqual(whole);

    await layStore(store, kept);
    expect(await filesOf(store)).toEqual(whole);
});

test("several runs at once lay down one whole store", async () => {
    const kept = await keptOf(await laidStore(await makeCertificates()));
    const store = await otherFolder();
    const laid = await Promise.all([1, 2, 3].map(() => layStore(store, kept)));
    expect(laid.flat().toSorted()).toEqual(["certs", machine]);
});

test("of a store that others share the CA's own key stays, and the folder is not taken for ours", async () => {
    const shared = await laidStore(await makeCertificates());
    await rm(shared.layout.marker);
    const kept = await keptOf(shared);
    expect(Object.keys(kept).filter((path) => path.startsWith("certs/"))).toEqual([
        "certs/ca.pem",
        "certs/cert.pem",
        "certs/key.pem",
    ]);
    const store = await otherFolder();
    await layStore(store, kept);
    expect(await entries(store.layout.root)).not.toContain(".consul-machines");
});

test("nothing is kept of a machine that is half-made or gone, nor of a CA that is incomplete", async () => {
    const store = await laidStore(await makeCertificates());
    const maker = await describeProcess(process.pid);
    await store.machine(machine).writeRecord({ ...made, maker });
    const kept = await keptMachine(store.machine(machine));
    // A process of this computer means nothing on another one.
    expect(JSON.parse(kept[`records/${machine}.json`] ?? "")).toEqual(made);

    await store.machine(machine).writeRecord({ owner, state: "making" });
    expect(await keptMachine(store.machine(machine))).toEqual({});
    expect(await keptMachine(store.machine("dev-server-2"))).toEqual({});
    await rm(join(store.layout.certs, "key.pem"));
    const authority = Object.keys(await keptAuthority(store, [program]));
    expect(authority.filter((path) => path.startsWith("certs/"))).toEqual([]);
});

test.each(["../id_rsa", "machines/a/../../x", "certs/other.pem", "machines/a/b/c", "/etc/passwd"])(
    "a state that names the path %s is none of ours",
    (path) => {
        expect(isKeptFiles({ [path]: "text" })).toBe(false);
        expect(keptIn(JSON.stringify({ kept: { [path]: "text" } }))).toEqual({});
    },
);

test("an answer of before that has nothing for another computer lays down nothing", async () => {
    expect([undefined, "", ".state/machines/dev", "{}", '{"kept":7}'].map(keptIn)).toEqual(
        Array.from({ length: 5 }, () => ({})),
    );
    const store = await otherFolder();
    expect(await layStore(store, {})).toEqual([]);
    expect(await entries(store.layout.root)).toEqual([]);
});
