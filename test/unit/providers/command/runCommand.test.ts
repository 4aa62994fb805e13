import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { runCommand, type CommandRun } from "../../../../providers/command/runCommand.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const usual: CommandRun = {
    command: "true",
    interpreter: [],
    dir: undefined,
    environment: {},
    stdin: undefined,
    signal: new AbortController().signal,
    shown: ["stdout", "stderr"],
    onLine: () => undefined,
};

/** Runs a command; what it printed, its lines, and its error. */
async function outcome(run: Partial<CommandRun>) {
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    const printed = await runCommand({ ...usual, onLine, ...run }).catch(String);
    return { printed, lines };
}

describe("runCommand", () => {
    it("shows each line as it is printed, and what has no end of its own last", async () => {
        const ending = new AbortController();
        const lines: string[] = [];
        const running = runCommand({
            ...usual,
            command: "echo one; printf two; exec sleep 60",
            signal: ending.signal,
            onLine: (line) => lines.push(line),
        });
        running.catch(() => undefined);
        await vi.waitFor(() => {
            expect(lines).toEqual(["one"]);
        });
        ending.abort();
        await expect(running).rejects.toThrow("signal: killed: running");
        expect(lines).toEqual(["one", "two"]);
    });

    it("shows the lines of one stream alone", async () => {
        const command = "echo out; echo error >&2";
        expect(await outcome({ command, shown: ["stderr"] })).toEqual({
            printed: { stdout: "out", stderr: "error" },
            lines: ["error"],
        });
    });

    it("keeps a character whole that is printed in two pieces", async () => {
        const command = "printf '\\303'; sleep 0.1; printf '\\244\\n'";
        expect(await outcome({ command })).toEqual({
            printed: { stdout: "ä", stderr: "" },
            lines: ["ä"],
        });
    });

    it("kills what takes too long, and tells what it printed", async () => {
        const signal = AbortSignal.timeout(200);
        expect(await outcome({ command: "echo slow; exec sleep 60", signal })).toEqual({
            printed: 'Error: signal: killed: running "echo slow; exec sleep 60":\nslow\n',
            lines: ["slow"],
        });
    });

    it("starts nothing once it is cancelled", async () => {
        const dir = await tempFolder();
        const signal = AbortSignal.abort();
        const { printed } = await outcome({ command: "echo > started", dir, signal });
        expect(printed).toBe('Error: context canceled: running "echo > started":\n');
        await expect(readFile(join(dir, "started"))).rejects.toThrow("ENOENT");
    });

    it("names an interpreter that is missing, and a folder that is", async () => {
        const interpreter = ["no-such-program"];
        expect((await outcome({ interpreter, dir: "/no/such" })).printed).toBe(
            'Error: exec: "no-such-program": executable file not found in $PATH: running "true":\n',
        );
        expect((await outcome({ dir: "/no/such" })).printed).toBe(
            'Error: chdir /no/such: no such file or directory: running "true":\n',
        );
    });

    it("names an environment that is too large", async () => {
        const environment = { A: "a".repeat(3_000_000) };
        expect((await outcome({ environment })).printed).toBe(
            'Error: fork/exec /bin/sh: argument list too long: running "true":\n',
        );
    });

    it("gives the command this process's environment, but not the providers of its engine", async () => {
        stubEnv("PULUMI_DEBUG_PROVIDERS", "command:1");
        stubEnv("OF_THE_PROCESS", "kept");
        const command = "echo $OF_THE_PROCESS $ADDED ${PULUMI_DEBUG_PROVIDERS-none}";
        const { printed } = await outcome({ command, environment: { ADDED: "added" } });
        expect(printed).toEqual({ stdout: "kept added none", stderr: "" });
    });

    it("replaces bytes that are no text", async () => {
        const { printed } = await outcome({ command: "printf '\\377'" });
        expect(printed).toEqual({ stdout: "\ufffd", stderr: "" });
    });
});
