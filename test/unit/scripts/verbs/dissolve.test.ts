import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Store } from "../../../../scripts/machine/store.ts";
import { isBeingTornDown } from "../../../../scripts/machine/teardownMarker.ts";
import { dissolveCluster } from "../../../../scripts/verbs/dissolve.ts";
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
