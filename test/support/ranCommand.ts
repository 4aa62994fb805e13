import { vi } from "vitest";
import { runCommand } from "../../cli/commands/run.ts";
import type { Door } from "../../cli/verbs/verb.ts";

/** How a command ended, and what it printed. */
export interface Ended {
    readonly code: number;
    readonly out: string;
    readonly err: string;
}

/** Runs a command of the package in this process, which is as before once it has ended. */
export async function ranCommand(words: readonly string[], door: Door): Promise<Ended> {
    const before = process.exitCode;
    let out = "";
    let err = "";
    const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
        out += String(text);
        return true;
    });
    const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
        err += String(text);
        return true;
    });
    process.exitCode = 0;
    try {
        await runCommand(words, {
            calling: { program: "consul-machines", isClone: false },
            door: () => Promise.resolve(door),
        });
        return { code: exitCodeNow(), out, err };
    } finally {
        stdout.mockRestore();
        stderr.mockRestore();
        process.exitCode = before;
    }
}

function exitCodeNow(): number {
    return Number(process.exitCode ?? 0);
}
