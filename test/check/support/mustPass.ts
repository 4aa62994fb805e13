import { run, type RunOptions } from "../../../scripts/system/process.ts";

/**
 * Runs a program that finds fault with the project, and throws what it found. The message begins
 * with the first finding, since the summary of a test run shows its first line alone.
 *
 * @returns what it printed.
 */
export async function mustPass(
    program: string,
    args: readonly string[],
    options?: RunOptions,
): Promise<string> {
    const { code, stdout, stderr } = await run(program, args, options);
    if (code !== 0) {
        const printed = `${stdout}${stderr}`;
        const lines = printed.split("\n").map((line) => line.trim());
        const findings = lines.filter((line) => line !== "" && !line.startsWith("Checking "));
        throw new Error(`${findings.slice(0, 2).join(" ")}\n\n${printed}`);
    }
    return stdout;
}
