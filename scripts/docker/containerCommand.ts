import type { EngineApi } from "./engineApi.ts";

/** What a command in a container came to. */
export interface CommandResult {
    readonly exitCode: number;
    /** Everything that it said. */
    readonly output: string;
}

/**
 * Runs a command in a container that runs.
 *
 * @param seconds after which a silent command is given up.
 */
export async function execute(
    engine: EngineApi,
    container: string,
    command: readonly string[],
    seconds = 30,
): Promise<CommandResult> {
    const send = (json: object) => ({ method: "POST" as const, json, timeout: seconds * 1000 });
    // On a terminal both of its streams come as one, as plain text.
    const request = { Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true };
    const { Id } = (await engine.ask(`/containers/${container}/exec`, send(request))) as {
        readonly Id: string;
    };
    const output = await engine.text(`/exec/${Id}/start`, send({ Detach: false, Tty: true }));
    const { ExitCode } = (await engine.ask(`/exec/${Id}/json`)) as { readonly ExitCode: number };
    return { exitCode: ExitCode, output: output.trim() };
}
