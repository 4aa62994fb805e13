import { spawn } from "node:child_process";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import type { StackPlace } from "../stack/openStack.ts";
import type { PlacedSecret } from "./placed.ts";

/** Where secrets are set: a stack, and Pulumi's CLI. */
export interface SecretPlace extends StackPlace {
    /** Path of Pulumi's CLI. */
    readonly command: string;
}

/** What a person types to set a secret; Pulumi asks for its value, or takes it from its standard input. */
export function secretCommand(
    project: string,
    stack: string,
    { setting }: Pick<PlacedSecret, "setting">,
): string {
    return `pulumi config set --secret --path '${project}:${setting}' --stack ${stack}`;
}

/**
 * Sets a secret by Pulumi, which encrypts it with the stack's passphrase or key. Its value is on Pulumi's standard input
 * alone: other users of this computer see the arguments of a process.
 *
 * @throws TaskFailure with what Pulumi said.
 */
export async function setSecret(
    { command, stack, workFolder, environment }: SecretPlace,
    project: string,
    { setting, value }: Pick<PlacedSecret, "setting" | "value">,
): Promise<void> {
    const args = ["config", "set", "--secret", "--path", `${project}:${setting}`];
    const child = spawn(command, [...args, "--stack", stack, "--non-interactive"], {
        cwd: workFolder,
        env: { ...process.env, ...environment },
        stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
    });
    // One that ends before it has read says why by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(value);
    const code = await new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
    });
    if (code !== 0) {
        throw new TaskFailure(
            `${setting}: Pulumi did not set it: ${said.replace(/^error: /, "").trim()}`,
            exitCodes.failed,
        );
    }
}
