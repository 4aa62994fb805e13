import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { declaredMachines, writeRoster } from "../../../../scripts/machine/roster.ts";
import { entries, storeLayout } from "../../../../scripts/machine/storeLayout.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";

test("a machine is declared from when its program says so until it says otherwise", async () => {
    const store = await tempFolder();
    const roster = { store, owner, name: "consul-store" };
    expect(await declaredMachines(store)).toEqual([]);
    await writeRoster({ ...roster, machines: ["dev-b", "dev-a"] });
    expect(await declaredMachines(store)).toEqual(["dev-b", "dev-a"]);
    await writeRoster({ ...roster, machines: ["dev-b"] });
    expect(await declaredMachines(store)).toEqual(["dev-b"]);
});

test("programs that share a store do not speak for each other", async () => {
    const store = await tempFolder();
    await writeRoster({ store, owner, name: "one", machines: ["dev-a"] });
    await writeRoster({ store, owner, name: "two", machines: ["dev-b"] });
    await writeRoster({ store, owner: "consul-machines/other", name: "one", machines: [] });
    expect((await declaredMachines(store)).sort()).toEqual(["dev-a", "dev-b"]);
    expect(await entries(storeLayout(store).rosters)).toHaveLength(3);
});

test("a list that was torn names no machine", async () => {
    const store = await tempFolder();
    const { rosters } = storeLayout(store);
    await mkdir(rosters);
    await writeFile(join(rosters, "torn.json"), '["dev-a"');
    await writeFile(join(rosters, "other.json"), '{"machines":["dev-a"]}');
    expect(await declaredMachines(store)).toEqual([]);
});
