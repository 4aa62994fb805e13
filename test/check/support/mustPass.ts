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
    // In CI some colour what they print, and a finding would no longer be found in it.
    const env = { NO_COLOR: "1", FORCE_COLOR: undefined, ...options?.env };
    const { code, stdout, stderr } = await run(program, args, { ...options, env });
    if (code !== 0) {
        const printed = `${stdout}${stderr}`;
        const lines = printed.split("\n").map((line) => line.trim());
        const findings = lines.filter((line) => line !== "" && !line.startsWith("Checking "));
        throw new Error(`${findings.slice(0, 2).join(" ")}\n\n${printed}`);
    }
    return stdout;
}
