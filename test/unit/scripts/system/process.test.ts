import { chmodSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProgram, isExecutable, run, tail } from "../../../../scripts/system/process.ts";

const script = (text: string) => ["-e", text] as const;

describe("run", () => {
    it("tells the exit code and both outputs", async () => {
        const text = 'console.log("out"); console.error("err"); process.exitCode = 3';
        expect(await run(process.execPath, script(text))).toEqual({
            code: 3,
            stdout: "out\n",
            stderr: "err\n",
        });
    });

    it("answers 127 where there is no such command", async () => {
        const { code, stderr } = await run("no-such-command-here", []);
        expect(code).toBe(127);
        expect(stderr).toContain("no-such-command-here");
    });

    it("ends a command that takes too long, with 124", async () => {
        const waiting = script("setTimeout(() => {}, 60000)");
        expect((await run(process.execPath, waiting, { timeoutMs: 100 })).code).toBe(124);
    });

    it("lays the given variables over the environment, and removes undefined ones", async () => {
        const text = "console.log(process.env.ADDED, process.env.HOME)";
        const env = { ADDED: "yes", HOME: undefined };
        const { stdout } = await run(process.execPath, script(text), { env });
        expect(stdout).toBe("yes undefined\n");
    });

    it("gives the standard input that is stated, and else none", async () => {
        const text = "process.stdin.pipe(process.stdout)";
        const given = await run(process.execPath, script(text), { input: "some words\n" });
        expect(given.stdout).toBe("some words\n");
        expect((await run(process.execPath, script(text))).stdout).toBe("");
        // One that ends without having read it has ended all the same.
        const deaf = await run(process.execPath, script(""), { input: "x".repeat(1_000_000) });
        expect(deaf.code).toBe(0);
    });

    it("tells each line while the command runs", async () => {
        const lines: string[] = [];
        await run(process.execPath, script('console.log("a\\nb")'), {
            onLine: (line) => lines.push(line),
        });
        expect(lines).toEqual(["a", "b"]);
    });

    it("tells the process id at the start, and fails where the one told fails", async () => {
        const pids: number[] = [];
        const onStart = (pid: number) => Promise.resolve(void pids.push(pid));
        const { stdout } = await run(process.execPath, ["-p", "process.pid"], { onStart });
        expect(pids).toEqual([Number(stdout)]);
        const failing = () => Promise.reject(new Error("no space left"));
        const failed = run(process.execPath, ["-p", "1"], { onStart: failing });
        await expect(failed).rejects.toThrow("no space left");
        const { code } = await run("no-such-command-here", [], { onStart: failing });
        expect(code).toBe(127);
    });
});

describe("tail", () => {
    it("takes the end of what was printed as an error", () => {
        expect(tail({ code: 1, stdout: "x", stderr: "a\nb\nc\nd\n" }, 2)).toBe("c\nd");
    });

    it("takes the end of the rest where there was none", () => {
        expect(tail({ code: 1, stdout: "x\ny\n", stderr: " \n" }, 1)).toBe("y");
    });
});

describe("findProgram", () => {
    const folder = mkdtempSync(join(tmpdir(), "path-"));
    writeFileSync(join(folder, "saw"), "");
    chmodSync(join(folder, "saw"), 0o755);
    writeFileSync(join(folder, "notes"), "");
    chmodSync(join(folder, "notes"), 0o644);
    symlinkSync(join(folder, "gone"), join(folder, "dangling"));

    it("finds the first of the names, in the order given", async () => {
        const found = await findProgram(["hammer", "saw"], ["/nowhere", folder]);
        expect(found).toBe(join(folder, "saw"));
    });

    it("finds nothing where there is nothing", async () => {
        expect(await findProgram(["hammer"], [folder])).toBeUndefined();
    });

    it.each([
        ["saw", true],
        ["notes", false],
        ["dangling", false],
        [".", false],
    ])("%s may be run: %s", async (name, expected) => {
        // Root may read anything, but runs only what is marked as a program.
        expect(await isExecutable(join(folder, name))).toBe(expected);
    });
});
