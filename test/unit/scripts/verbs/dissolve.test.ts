import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Store } from "../../../../scripts/machine/store.ts";
import { isBeingTornDown, teardownReaches } from "../../../../scripts/machine/teardownMarker.ts";
import { dissolveCluster } from "../../../../scripts/verbs/dissolve.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";

test("a stack whose store is here is removed, whoever made it", async () => {
    const store = await tempFolder();
    const { certs } = new Store(store).layout;
    await mkdir(certs);
    await writeFile(join(certs, "ca.pem"), "ca");
    await dissolveCluster({ store, owner }, "");
    expect(isBeingTornDown(store, owner)).toBe(true);
});

test("one whose machines' answers are handed on is removed from any folder", async () => {
    const store = join(await tempFolder(), "clone", "store");
    await dissolveCluster({ store, owner }, "kept");
    expect(isBeingTornDown(store, owner)).toBe(true);
});

test.each([
    ["of before", {}, ""],
    ["that the state may not keep", { inState: false as const }, "kept"],
])("a store %s that is not here is missed before anything is removed", async (_, more, before) => {
    const store = join(await tempFolder(), "clone", "store");
    const request = { store, owner, ...more };
    await expect(dissolveCluster(request, before)).rejects.toThrow(
        new Error(
            `${owner}: docker-machine's store ${store} is not in this folder, so its machines cannot be removed from ` +
                "here; nothing was removed. Run `pulumi preview` first, which lays the store down from the stack's " +
                "state where the state keeps it; or copy the folder from where the stack was brought up " +
                "(docs/team.md). If the machines are gone for good, run this with CONSUL_MACHINES_FORGET=1.",
        ),
    );
    expect(isBeingTornDown(store, owner)).toBe(false);

    stubEnv("CONSUL_MACHINES_FORGET", "1");
    await dissolveCluster(request, before);
    expect(isBeingTornDown(store, owner)).toBe(true);
});

/** A store with hosts of this stack at these addresses; an engine runs at none of them. */
async function storeWithHosts(...addresses: string[]): Promise<string> {
    const path = await tempFolder();
    const store = new Store(path);
    await mkdir(store.layout.certs);
    await writeFile(join(store.layout.certs, "ca.pem"), "ca");
    for (const [index, address] of addresses.entries()) {
        const name = `dev-server-${index + 1}`;
        await putMachine(path, name, 1, await certificates(), address);
        await store.machine(name).writeRecord({ owner, state: "made" });
    }
    return path;
}

test("a stack none of whose hosts is reached is not removed: it would run on, and nobody had its certificates", async () => {
    const store = await storeWithHosts("a.invalid", "b.invalid");
    await expect(dissolveCluster({ store, owner }, "")).rejects.toThrow(
        new Error(
            `${owner}: nothing answers at any of its hosts: dev-server-1 (a.invalid:1), dev-server-2 (b.invalid:1). This ` +
                "computer may have no way to them, and they run on; nothing was removed. Run this where they are " +
                "reached; or, if all of them are lost, with CONSUL_MACHINES_FORGET=1.",
        ),
    );
    expect(isBeingTornDown(store, owner)).toBe(false);

    stubEnv("CONSUL_MACHINES_FORGET", "1");
    await dissolveCluster({ store, owner }, "");
    expect([isBeingTornDown(store, owner), teardownReaches(store, owner)]).toEqual([true, false]);
});

test("one that does not answer among others holds up nothing", async () => {
    const store = await storeWithHosts("a.invalid", "127.0.0.1");
    await dissolveCluster({ store, owner }, "");
    expect([isBeingTornDown(store, owner), teardownReaches(store, owner)]).toEqual([true, true]);
});

test("of lab machines, which are this computer's own, none has to answer", async () => {
    const store = await storeWithHosts("a.invalid");
    await mkdir(join(store, "lab-ssh"));
    await writeFile(join(store, "lab-ssh", "id_lab"), "private");
    await dissolveCluster({ store, owner }, "");
    expect(isBeingTornDown(store, owner)).toBe(true);
});
