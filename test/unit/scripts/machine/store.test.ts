import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { entries } from "../../../../scripts/system/files.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Store } from "../../../../scripts/machine/store.ts";

const owner = "consul-machines/dev";

test("a machine is declared from when its program says so until it says otherwise", async () => {
    const store = await tempFolder();
    const roster = { owner, name: "consul-store" };
    expect(await new Store(store).declaredMachines()).toEqual([]);
    await new Store(store).writeRoster({ ...roster, machines: ["dev-b", "dev-a"] });
    expect(await new Store(store).declaredMachines()).toEqual(["dev-b", "dev-a"]);
    await new Store(store).writeRoster({ ...roster, machines: ["dev-b"] });
    expect(await new Store(store).declaredMachines()).toEqual(["dev-b"]);
});

test("programs that share a store do not speak for each other", async () => {
    const store = await tempFolder();
    await new Store(store).writeRoster({ owner, name: "one", machines: ["dev-a"] });
    await new Store(store).writeRoster({ owner, name: "two", machines: ["dev-b"] });
    await new Store(store).writeRoster({
        owner: "consul-machines/other",
        name: "one",
        machines: [],
    });
    expect((await new Store(store).declaredMachines()).sort()).toEqual(["dev-a", "dev-b"]);
    expect(await entries(new Store(store).layout.rosters)).toHaveLength(3);
});

test("a list that was torn names no machine", async () => {
    const store = await tempFolder();
    const { rosters } = new Store(store).layout;
    await mkdir(rosters);
    await writeFile(join(rosters, "torn.json"), '["dev-a"');
    await writeFile(join(rosters, "other.json"), '{"machines":["dev-a"]}');
    expect(await new Store(store).declaredMachines()).toEqual([]);
});
