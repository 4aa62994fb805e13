import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Runs a module in a process of its own, in which nothing is loaded yet, and in which what it changes
 * stays; resolves with what it gives to `print`.
 */
export async function runApart(text: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
    const beginning = `
        import { createRequire } from "node:module";
        const print = (value) => process.stdout.write(JSON.stringify(value));
    `;
    const words = ["--input-type=module", "--eval", beginning + text];
    const { stdout } = await promisify(execFile)(process.execPath, words, {
        env: { ...process.env, ...env },
    });
    return JSON.parse(stdout) as unknown;
}
