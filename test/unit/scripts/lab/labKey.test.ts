import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recordFormation } from "../../../../scripts/verbs/clusterReady.ts";
import { makeLabKey, removeLabKey } from "../../../../scripts/lab/labKey.ts";
import { describeError } from "../../../../scripts/system/progress.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

test("a key pair is made once, private, and its public half is told", async () => {
    const folder = join(await tempFolder(), "lab-ssh");
    const keyFile = join(folder, "id_lab");

    const told = await makeLabKey({ keyFile });
    expect(told).toMatch(/^ssh-ed25519 \S+ consul-machines lab$/);
    expect(await readdir(folder)).toEqual(["id_lab", "id_lab.pub"]);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect(await makeLabKey({ keyFile })).toBe(told);
});

test("a private key without its public half is replaced", async () => {
    const keyFile = join(await tempFolder(), "id_lab");
    await writeFile(keyFile, "half a pair");

    const told = await makeLabKey({ keyFile });
    expect(await readFile(`${keyFile}.pub`, "utf8")).toBe(`${told}\n`);
    expect(await readFile(keyFile, "utf8")).toContain("PRIVATE KEY");
});

test("the pair is removed, also when it is gone already", async () => {
    const folder = await tempFolder();
    const keyFile = join(folder, "id_lab");
    await makeLabKey({ keyFile });

    await removeLabKey({ keyFile });
    await removeLabKey({ keyFile });
    expect(await readdir(folder)).toEqual([]);
});

test("a formation is answered as it was asked", async () => {
    const formation = { expect: 1, servers: ["a"] };
    expect(await recordFormation(formation)).toEqual(formation);
});

test("an error is told with its cause, unless it repeats it already", () => {
    const cause = new Error("refused");
    expect(describeError(new Error("fetch failed", { cause }))).toBe("fetch failed (refused)");
    expect(describeError(new Error("a: refused", { cause }))).toBe("a: refused");
    expect(describeError(new Error("plain"))).toBe("plain");
    expect(describeError("text")).toBe("text");
});
