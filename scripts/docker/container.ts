import type { ContainerInfo, ContainerInspectInfo, ExecInspectInfo, Port } from "dockerode";
import type { EngineApi } from "./engineApi.ts";

/** A container in a list. Where a port is exposed and not published the engine gives it no address, which its
 * types leave out. */
export interface ListedContainer extends Pick<ContainerInfo, "Names" | "Labels"> {
    readonly Ports: readonly (Partial<Port> & Pick<Port, "Type">)[];
}

/** How a command in a container ended. */
export interface CommandResult {
    /** Null where its engine does not know. */
    readonly exitCode: number | null;
    /** What it printed on both streams. */
    readonly output: string;
}

/** What an engine says of a container; undefined where it has none of this name. */
export function inspectContainer(
    engine: EngineApi,
    container: string,
): Promise<ContainerInspectInfo | undefined> {
    return engine.find<ContainerInspectInfo>(`/containers/${encodeURIComponent(container)}/json`);
}

/** Restarts a container, or starts one that does not run.
 *
 * @param stopSeconds that its program may take to stop before the engine kills it.
 */
export async function restartContainer(
    engine: EngineApi,
    container: string,
    stopSeconds: number,
): Promise<void> {
    const path = `/containers/${encodeURIComponent(container)}/restart?t=${stopSeconds}`;
    await engine.text(path, { method: "POST", timeout: (stopSeconds + 10) * 1000 });
}

/** Stops a container, which is not started again by its engine.
 *
 * @param stopSeconds as for {@link restartContainer}.
 */
export async function stopContainer(
    engine: EngineApi,
    container: string,
    stopSeconds: number,
): Promise<void> {
    const path = `/containers/${encodeURIComponent(container)}/stop?t=${stopSeconds}`;
    await engine.text(path, { method: "POST", timeout: (stopSeconds + 10) * 1000 });
}

/** Starts a container that does not run. */
export async function startContainer(engine: EngineApi, container: string): Promise<void> {
    const path = `/containers/${encodeURIComponent(container)}/start`;
    await engine.text(path, { method: "POST", timeout: 60_000 });
}

/**
 * Runs a command in a container that runs.
 *
 * @param seconds after which a command that prints nothing fails.
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
    const path = `/containers/${container}/exec`;
    const { Id } = await engine.ask<{ readonly Id: string }>(path, send(request));
    const output = await engine.text(`/exec/${Id}/start`, send({ Detach: false, Tty: true }));
    const { ExitCode } = await engine.ask<ExecInspectInfo>(`/exec/${Id}/json`);
    return { exitCode: ExitCode, output: output.trim() };
}

/** The last lines of a container's log. */
export async function containerLog(
    engine: EngineApi,
    container: string,
    lines: number,
): Promise<string[]> {
    const query = `stdout=true&stderr=true&tail=${lines}`;
    const path = `/containers/${encodeURIComponent(container)}/logs?${query}`;
    return withoutFrames(await engine.text(path));
}

/** Bytes before each piece of the log of a container without a terminal: its stream, three zeros,
 * its length. */
const frameHeader = 8;

/** Drops the headers with which the engine marks each piece of a log. */
export function withoutFrames(text: string): string[] {
    return text
        .split("\n")
        .map((line) => (line.charCodeAt(0) <= 2 ? line.slice(frameHeader) : line))
        .filter((line) => line.trim() !== "");
}
