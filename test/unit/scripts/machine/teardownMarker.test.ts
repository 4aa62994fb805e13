import { join } from "node:path";
import { expect, test } from "vitest";
import {
    beginTeardown,
    isBeingTornDown,
    cancelTeardown,
} from "../../../../scripts/machine/teardownMarker.ts";
import { closeStore } from "../../../../scripts/verbs/store.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";

test("a teardown lasts from its beginning until it is cancelled", async () => {
    const store = await tempFolder();
    expect(isBeingTornDown(store, owner)).toBe(false);
    await beginTeardown({ store, owner });
    expect(isBeingTornDown(store, owner)).toBe(true);
    expect(await cancelTeardown({ store, owner })).toBe("kept");
    expect(isBeingTornDown(store, owner)).toBe(false);
    expect(await entries(store)).toEqual([]);
});

test("both can be repeated, and work where no store is left", async () => {
    const store = join(await tempFolder(), "gone", "store");
    expect(await cancelTeardown({ store, owner })).toBe("kept");
    expect(isBeingTornDown(store, owner)).toBe(false);
    await beginTeardown({ store, owner });
    await beginTeardown({ store, owner });
    // The folder is ours then, and goes again when the store is closed.
    expect(await entries(store)).toEqual([".consul-machines", ".dissolving-consul-machines%2Fdev"]);
    await closeStore({ store, owner });
    expect(await entries(join(store, ".."))).toEqual([]);
});

test("a store that outlives its cluster keeps no marker of the teardown", async () => {
    const store = await tempFolder();
    await beginTeardown({ store, owner });
    await closeStore({ store, owner });
    expect(isBeingTornDown(store, owner)).toBe(false);
    // Not ours to remove, for we have not made it.
    expect(await entries(join(store, ".."))).toContain(store.split("/").at(-1));
});

test("the teardown of one stack's cluster does not concern another's in the same store", async () => {
    const store = await tempFolder();
    const other = "consul-machines/other";
    await beginTeardown({ store, owner });
    expect([isBeingTornDown(store, owner), isBeingTornDown(store, other)]).toEqual([true, false]);
    await cancelTeardown({ store, owner: other });
    await closeStore({ store, owner: other });
    expect([isBeingTornDown(store, owner), isBeingTornDown(store, other)]).toEqual([true, false]);
    await beginTeardown({ store, owner: other });
    await cancelTeardown({ store, owner });
    expect([isBeingTornDown(store, owner), isBeingTornDown(store, other)]).toEqual([false, true]);
});
