import { join } from "node:path";
import { expect, test } from "vitest";
import { dissolveCluster, isDissolving, keepCluster } from "../../../../scripts/verbs/teardown.ts";
import { closeStore } from "../../../../scripts/verbs/store.ts";
import { entries } from "../../../../scripts/machine/storeLayout.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";

test("a cluster dissolves from the word until it is to be kept after all", async () => {
    const store = await tempFolder();
    expect(isDissolving(store, owner)).toBe(false);
    await dissolveCluster({ store, owner });
    expect(isDissolving(store, owner)).toBe(true);
    expect(await keepCluster({ store, owner })).toBe("kept");
    expect(isDissolving(store, owner)).toBe(false);
    expect(await entries(store)).toEqual([]);
});

test("both can be said again, and where no store is left", async () => {
    const store = join(await tempFolder(), "gone", "store");
    expect(await keepCluster({ store, owner })).toBe("kept");
    expect(isDissolving(store, owner)).toBe(false);
    await dissolveCluster({ store, owner });
    await dissolveCluster({ store, owner });
    expect(await entries(store)).toEqual([".dissolving-consul-machines%2Fdev"]);
});

test("a store that outlives its cluster forgets that one was dissolved", async () => {
    const store = await tempFolder();
    await dissolveCluster({ store, owner });
    await closeStore({ store, owner });
    expect(isDissolving(store, owner)).toBe(false);
    // Not ours to remove, for we have not made it.
    expect(await entries(join(store, ".."))).toContain(store.split("/").at(-1));
});

test("what becomes of one stack's cluster is nothing to another's in the same store", async () => {
    const store = await tempFolder();
    const other = "consul-machines/other";
    await dissolveCluster({ store, owner });
    expect([isDissolving(store, owner), isDissolving(store, other)]).toEqual([true, false]);
    await keepCluster({ store, owner: other });
    await closeStore({ store, owner: other });
    expect([isDissolving(store, owner), isDissolving(store, other)]).toEqual([true, false]);
    await dissolveCluster({ store, owner: other });
    await keepCluster({ store, owner });
    expect([isDissolving(store, owner), isDissolving(store, other)]).toEqual([false, true]);
});
