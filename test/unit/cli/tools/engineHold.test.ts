import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeProcess } from "../../../../scripts/system/processIdentity.ts";
import { engineHolders, holdEngine } from "../../../../cli/tools/engineHold.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** A hold of another process, which ends when it is asked to. */
async function heldByAnother(folder: string) {
    const child = spawn("sleep", ["60"]);
    const ended = once(child, "exit");
    onTestFinished(() => void child.kill());
    const holder = { ...(await describeProcess(child.pid ?? 0)), task: "npm test" };
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${holder.pid}.json`), JSON.stringify(holder));
    return {
        holder,
        end: async () => {
            child.kill();
            await ended;
        },
    };
}

describe("a hold on the engine", () => {
    it("is seen by others while its process runs, and no longer", async () => {
        const folder = await tempFolder();
        const { holder, end } = await heldByAnother(folder);
        expect(await engineHolders(folder)).toEqual([holder]);
        await end();
        expect(await engineHolders(folder)).toEqual([]);
    });

    it("is not seen by its own process, and leaves nothing once it ends", async () => {
        const folder = join(await tempFolder(), "holds");
        const end = await holdEngine("npm test", folder);
        expect(await readdir(folder)).toEqual([`${process.pid}.json`]);
        expect(await engineHolders(folder)).toEqual([]);
        await end();
        expect(await readdir(folder)).toEqual([]);
    });

    it("that is incomplete holds nothing, nor does a folder that does not exist", async () => {
        const folder = await tempFolder();
        await writeFile(join(folder, "1.json"), '{"pid":1,');
        expect(await engineHolders(folder)).toEqual([]);
        expect(await engineHolders(join(folder, "none"))).toEqual([]);
    });
});
