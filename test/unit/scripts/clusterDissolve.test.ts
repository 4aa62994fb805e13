import { join } from "node:path";
import { expect, test } from "vitest";
import { dissolveCluster, isDissolving, keepCluster } from "../../../scripts/clusterDissolve.ts";
import { closeStore } from "../../../scripts/machineStore.ts";
import { entries } from "../../../scripts/storeLayout.ts";
import { tempFolder } from "../../support/tempFolder.ts";

test("a cluster dissolves from the word until it is to be kept after all", async () => {
    const store = await tempFolder();
    expect(isDissolving(store)).toBe(false);
    await dissolveCluster({ store });
    expect(isDissolving(store)).toBe(true);
    expect(await keepCluster({ store })).toBe("kept");
    expect(isDissolving(store)).toBe(false);
    expect(await entries(store)).toEqual([]);
});

test("both can be said again, and where no store is left", async () => {
    const store = join(await tempFolder(), "gone", "store");
    expect(await keepCluster({ store })).toBe("kept");
    expect(isDissolving(store)).toBe(false);
    await dissolveCluster({ store });
    await dissolveCluster({ store });
    expect(await entries(store)).toEqual([".dissolving"]);
});

test("a store that outlives its cluster forgets that one was dissolved", async () => {
    const store = await tempFolder();
    await dissolveCluster({ store });
    await closeStore({ store, owner: "consul-machines/dev" });
    expect(isDissolving(store)).toBe(false);
    // Not ours to remove, for we have not made it.
    expect(await entries(join(store, ".."))).toContain(store.split("/").at(-1));
});
