import type { ExecInspectInfo } from "dockerode";
import { request as requestTls } from "node:https";
import type { Duplex, Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { readBody } from "../../scripts/system/http.ts";
import type { MachineEngine } from "../stack/stateContainers.ts";
import { messageOf } from "./containerLogs.ts";
import { Frames, type Piece } from "./frames.ts";

/** A command in a container. */
export interface Execution {
    readonly container: string;
    readonly command: readonly string[];
    /** Variables that it has besides those of its container: `NAME=VALUE`. They are in no list of processes. */
    readonly environment: readonly string[];
}

/** What the command reads, and where what it prints goes. */
export interface Streams {
    /** @default it reads nothing */
    readonly input?: Readable | undefined;
    readonly output: Writable;
    readonly errors: Writable;
}

/**
 * Runs a command in a container, with this process's streams as its own.
 *
 * @returns its exit code.
 * @throws Error where the engine does not answer, does not have the container, or it does not run.
 */
export async function execute(
    engine: MachineEngine,
    { container, command, environment }: Execution,
    streams: Streams,
): Promise<number> {
    const api = new EngineApi(engine);
    const { Id } = await api.ask<{ readonly Id: string }>(
        `/containers/${encodeURIComponent(container)}/exec`,
        {
            method: "POST",
            json: {
                Cmd: command,
                Env: environment,
                AttachStdin: streams.input !== undefined,
                AttachStdout: true,
                AttachStderr: true,
                Tty: false,
            },
        },
    );
    await exchange(await attach(engine, `/exec/${Id}/start`), streams);
    const { ExitCode } = await api.ask<ExecInspectInfo>(`/exec/${Id}/json`);
    if (ExitCode === null) {
        throw new Error(`${container}: the connection ended before the command did`);
    }
    return ExitCode;
}

/** Starts it: the engine makes a stream in both directions of the connection. */
function attach(engine: MachineEngine, path: string): Promise<Duplex> {
    const { host, port, tls } = engine;
    const body = JSON.stringify({ Detach: false, Tty: false });
    const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        connection: "Upgrade",
        upgrade: "tcp",
    };
    return new Promise((attached, failed) => {
        const { serverName: servername, ...material } = tls;
        const options = { host, port, path, method: "POST", headers, servername, ...material };
        const request = requestTls({ ...options, agent: false });
        request.once("upgrade", (_answer, socket, head) => {
            socket.unshift(head);
            attached(socket);
        });
        request.once("response", (answer) => {
            readBody(answer).then((text) => {
                failed(new Error(messageOf(text)));
            }, failed);
        });
        request.once("error", failed);
        request.end(body);
    });
}

/** Passes on what is read and printed, until the command ends. */
async function exchange(connection: Duplex, { input, output, errors }: Streams): Promise<void> {
    const frames = new Frames();
    frames.on("data", ({ isError, bytes }: Piece) => {
        (isError ? errors : output).write(bytes);
    });
    connection.pipe(frames);
    // The command may end without reading all of it.
    connection.on("error", (error) => frames.destroy(error));
    input?.pipe(connection);
    try {
        await finished(frames);
    } finally {
        input?.unpipe(connection);
        connection.destroy();
    }
}
