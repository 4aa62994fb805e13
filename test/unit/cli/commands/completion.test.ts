import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { completionOf } from "../../../../cli/commands/completion.ts";
import { flagsOf } from "../../../../cli/commands/options.ts";
import { commands, completionShells, optionsOf } from "../../../../cli/commands/table.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** A folder with two stacks, a folder and a file. */
async function program(): Promise<string> {
    const folder = await tempFolder();
    for (const name of ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "a.snap"]) {
        writeFileSync(join(folder, name), "");
    }
    mkdirSync(join(folder, "below"));
    return folder;
}

/** What bash offers behind these words. */
async function offered(...words: string[]): Promise<string[]> {
    const script = [
        completionOf("bash"),
        `COMP_WORDS=(consul-machines ${words.map((word) => `'${word}'`).join(" ")})`,
        `COMP_CWORD=${words.length}`,
        "_consul_machines",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join("\n");
    const { stdout, stderr } = spawnSync("bash", ["--norc"], {
        cwd: await program(),
        input: script,
        encoding: "utf8",
    });
    expect(stderr).toBe("");
    return stdout.split("\n").filter((line) => line !== "");
}

describe("the completion of bash", () => {
    it("offers the commands, and then their options", async () => {
        expect(await offered("")).toEqual([...commands.map(({ name }) => name), "completion"]);
        expect(await offered("st")).toEqual(["start", "stop", "status"]);
        expect(await offered("logs", "server-1", "--")).toEqual(
            expect.arrayContaining(["--stack", "--follow", "--tail", "--json", "--help"]),
        );
        expect(await offered("status", "--fo")).toEqual([]);
    });

    it.each([
        [
            ["status", "--stack", ""],
            ["dev", "prod"],
        ],
        [["status", "-s", "p"], ["prod"]],
        [["-C", ""], ["below"]],
        [
            ["env", "--shell", ""],
            ["posix", "fish", "powershell"],
        ],
        [["restore", "a"], ["a.snap"]],
        [["completion", ""], [...completionShells]],
        // A number, or Consul's own words: nothing is known of them.
        [["logs", "--tail", ""], []],
        [["consul", "server-1", "--", "--"], []],
    ])("offers behind %j: %j", async (words, expected) => {
        expect(await offered(...words)).toEqual(expected);
    });
});

describe.each(completionShells)("the completion of %s", (shell) => {
    it("has every command with every option of the table", () => {
        const text = completionOf(shell);
        for (const row of commands) {
            expect(text).toContain(row.name);
            for (const flag of optionsOf(row, false).flatMap(flagsOf)) {
                expect(text).toContain(shell === "fish" ? flag.replace(/^--?/, "") : flag);
            }
        }
        // No option that only a clone has.
        expect(text).not.toContain("servers, such as");
    });
});
