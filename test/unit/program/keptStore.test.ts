import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { bringStore, keptStore } from "../../../program/keptStore.ts";
import type { StackOutputs } from "../../../program/stackOutputs.ts";
import { keptAuthority, keptMachine } from "../../../scripts/machine/keptFiles.ts";
import { Store } from "../../../scripts/machine/store.ts";
import type { KeptStore } from "../../../scripts/protocol/keptStore.ts";
import { entries } from "../../../scripts/system/files.ts";
import { property } from "../../../scripts/system/json.ts";
import { certificates } from "../../support/certificates.ts";
import { valueOf } from "../../support/declare.ts";
import { putMachine } from "../../support/fakeDockerMachine.ts";
import { tempFolder } from "../../support/tempFolder.ts";
import { devMachines } from "./preflight/devMachines.ts";

const owner = "consul-machines/dev";
const names = ["dev-server-1", "dev-server-2"];
const nodes = Object.fromEntries(names.map((machine) => [machine, { role: "server", machine }]));

/** The store of a stack with two machines, as the computer has it that brought it up. */
async function madeHere(): Promise<Store> {
    const store = new Store(join(await tempFolder(), "store"));
    const { ca, caKey, cert, key } = await certificates();
    await mkdir(store.layout.certs, { recursive: true });
    const files = { "ca.pem": ca, "ca-key.pem": caKey, "cert.pem": cert, "key.pem": key };
    for (const [file, text] of Object.entries(files)) {
        await writeFile(join(store.layout.certs, file), text);
    }
    await writeFile(store.layout.marker, "");
    for (const name of names) {
        await putMachine(store.path, name, 2376, await certificates());
        const { config } = store.machine(name).files;
        const described = JSON.parse(await readFile(config, "utf8")) as { Driver: object };
        const Driver = { ...described.Driver, StorePath: store.layout.root };
        await writeFile(config, JSON.stringify({ Driver }));
        await store.machine(name).writeRecord({ owner, state: "made" });
    }
    await store.writeRoster({ owner, name: "consul-store", machines: names });
    return store;
}

/** What the state keeps of it after a run there. */
async function keptOf(store: Store, before: object = {}): Promise<KeptStore> {
    const kept = keptStore(devMachines(store.path), names, { ...before }, pulumi.output("ready"));
    expect(await pulumi.isSecret(kept)).toBe(true);
    return valueOf(kept);
}

/** What is found for a stack that declares these machines. */
function bring(
    { store, owner }: ReturnType<typeof devMachines>,
    recorded: StackOutputs,
    resources?: readonly StackOutputs[],
) {
    return bringStore({
        store,
        owner,
        recorded,
        declared: names,
        ofResources: () => Promise.resolve(resources ?? []),
        inState: true,
    });
}

test("another folder gets the store from the outputs, and is told of it once", async () => {
    const kept = await keptOf(await madeHere());
    const path = join(await tempFolder(), "clone", "store");
    const recorded = { nodes, machineStore: kept };

    expect(await bring(devMachines(path), recorded)).toEqual({
        notices: [`${path}: laid down from the stack's state: certs, dev-server-1, dev-server-2.`],
        problems: [],
        elsewhere: new Set(),
    });
    const store = new Store(path);
    expect(await store.declaredMachines()).toEqual(names);
    expect((await keptOf(store)).files).toEqual(kept.files);
    expect((await bring(devMachines(path), recorded)).notices).toEqual([]);
});

test("a store that is half there is completed: a lost entry, a lost CA", async () => {
    const store = await madeHere();
    const recorded = { nodes, machineStore: await keptOf(store) };
    await rm(store.machine("dev-server-2").folder, { recursive: true });
    await store.machine("dev-server-2").removeRecord();
    await rm(store.layout.certs, { recursive: true });

    const { notices } = await bring(devMachines(store.path), recorded);
    expect(notices).toEqual([
        `${store.path}: laid down from the stack's state: certs, dev-server-2.`,
    ]);
    expect(await keptOf(store)).toEqual(recorded.machineStore);
});

test("a machine that was removed on another computer is forgotten here, and no other one", async () => {
    const store = await madeHere();
    const both = { nodes, machineStore: await keptOf(store) };
    await bring(devMachines(store.path), both);
    await putMachine(store.path, "dev-server-3", 2376, await certificates());
    await store.machine("dev-server-3").writeRecord({ owner, state: "made" });

    const files = Object.entries(both.machineStore.files);
    const left = files.filter(([path]) => !path.includes("dev-server-2"));
    const one = { nodes, machineStore: { format: 1, files: Object.fromEntries(left) } };
    expect((await bring(devMachines(store.path), one)).notices).toEqual([
        `${store.path}: dev-server-2 was removed on another computer.`,
    ]);
    // The third one, of a run that failed, was never in the state.
    expect(await store.machineNames()).toEqual(["dev-server-1", "dev-server-3"]);
    expect(await store.machine("dev-server-2").record()).toBeUndefined();
    expect((await bring(devMachines(store.path), one)).notices).toEqual([]);
});

test("a stack of before, in the folder that has its store, is as it was, and then kept", async () => {
    const store = await madeHere();
    expect(await bring(devMachines(store.path), { nodes })).toEqual({
        notices: [],
        problems: [],
        elsewhere: new Set(),
    });
    expect(Object.keys((await keptOf(store)).files)).toContain("machines/dev-server-1/config.json");
});

test("a new stack needs nothing and lays down nothing", async () => {
    const path = join(await tempFolder(), "store");
    const brought = await bring(devMachines(path), {});
    expect(brought).toEqual({ notices: [], problems: [], elsewhere: new Set() });
    expect(await entries(path)).toEqual([]);
});

test("what is not as this version keeps it is not laid down", async () => {
    const path = join(await tempFolder(), "store");
    const { files } = await keptOf(await madeHere());
    for (const machineStore of [
        "text",
        { format: 2, files },
        { format: 1, files: { "../x": "" } },
    ]) {
        const { elsewhere } = await bring(devMachines(path), { nodes, machineStore });
        expect([...elsewhere]).toEqual(names);
    }
    expect(await entries(path)).toEqual([]);
});

test("a machine that this folder lost is kept on as it was kept before", async () => {
    const store = await madeHere();
    const machineStore = await keptOf(store);
    await rm(store.machine("dev-server-1").folder, { recursive: true });
    expect(await keptOf(store, { machineStore })).toEqual(machineStore);
});

test("a store that was copied or moved names its own folder from then on", async () => {
    const before = await madeHere();
    const store = new Store(join(await tempFolder(), "moved"));
    await cp(before.layout.root, store.layout.root, { recursive: true });
    await bring(devMachines(store.path), { nodes });

    const config = await readFile(store.machine("dev-server-1").files.config, "utf8");
    const driver = property(JSON.parse(config), "Driver");
    expect(property(driver, "StorePath")).toBe(store.layout.root);
    // Another stack's machine in it is not ours to change.
    await store.machine("dev-server-1").writeRecord({ owner: "other/dev", state: "made" });
    await writeFile(store.machine("dev-server-1").files.config, config.replaceAll("moved", "x"));
    await bring(devMachines(store.path), { nodes });
    expect(await readFile(store.machine("dev-server-1").files.config, "utf8")).toContain("/x");
});

test("a folder gets what a run made that failed, from the answers of its resources", async () => {
    const made = await madeHere();
    const open = { stdout: JSON.stringify({ kept: await keptAuthority(made, []) }) };
    const machines = names.map(async (name) => {
        const kept = await keptMachine(made.machine(name));
        return { id: name, stdout: JSON.stringify({ address: "127.0.0.1", kept }) };
    });
    const resources = [{}, { stdout: "written" }, open, ...(await Promise.all(machines))];
    const path = join(await tempFolder(), "clone", "store");

    expect((await bring(devMachines(path), {}, resources)).notices).toEqual([
        `${path}: laid down from the stack's state: certs, dev-server-1, dev-server-2.`,
    ]);
    // Once all are here, the resources are not asked for.
    const { store, owner: whose } = devMachines(path);
    const ofResources = () => Promise.reject(new Error("asked"));
    const sources = { store, owner: whose, recorded: {}, declared: names, ofResources };
    expect((await bringStore({ ...sources, inState: true })).notices).toEqual([]);
    expect(await new Store(path).machineNames()).toEqual(names);
});
