import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commandLine, confirm, runTask, TaskFailure } from "../../../cli/show/task.ts";

/** A task of two options. */
async function shop(args: readonly string[]): Promise<void> {
    const { failing } = commandLine("npm run shop", "Sells.")
        .option("--failing <how>", "fails: as the task or as the program")
        .parse(args, { from: "user" })
        .opts();
    if (failing !== undefined) {
        throw failing === "task" ? new TaskFailure("sold out") : new TypeError("no function");
    }
    await confirm("Nothing was sold");
}

describe("a task", () => {
    let said: string;
    const { argv, exitCode } = process;

    beforeEach(() => {
        said = "";
        const hear = (text: unknown) => {
            said += String(text);
            return true;
        };
        vi.spyOn(process.stdout, "write").mockImplementation(hear);
        vi.spyOn(console, "error").mockImplementation(hear);
    });

    afterEach(() => {
        vi.restoreAllMocks();
        Object.assign(process, { argv, exitCode });
    });

    async function run(...args: string[]) {
        process.argv = ["node", "shop.ts", ...args];
        process.exitCode = 0;
        await runTask(shop);
        return process.exitCode;
    }

    it("prints its help", async () => {
        expect(await run("--help")).toBe(0);
        expect(said).toMatch(
            /^Usage: npm run shop -- \[options\]\n\nSells\.\n\n.*--failing <how>/s,
        );
    });

    it.each([
        ["--unheard-of", "unknown option '--unheard-of'"],
        ["more", "too many arguments. Expected 0 arguments but got 1: more."],
        ["--failing", "option '--failing <how>' argument missing"],
    ])("refuses %s with its help", async (arg, reason) => {
        expect(await run(arg)).toBe(1);
        expect(said).toContain(`\n${reason}\n\nUsage: npm run shop -- [options]`);
    });

    it("fails with its message, and shows a stack only of the program's own mistakes", async () => {
        expect(await run("--failing", "task")).toBe(1);
        expect(said).toBe("\nsold out");
        await run("--failing", "program");
        expect(said).toMatch(/TypeError: no function\n +at /);
    });

    it("asks nothing where there is no terminal", async () => {
        const { isTTY } = process.stdin;
        process.stdin.isTTY = false;
        expect(await run()).toBe(1);
        process.stdin.isTTY = isTTY;
        expect(said).toContain("Nothing was sold: there is no terminal to ask on. Add `--yes`.");
    });
});
