import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { certificates } from "./certificates.ts";

/** A command that was run in a container. */
export interface RunCommand {
    readonly container: string;
    readonly Cmd: readonly string[];
    readonly Env: readonly string[];
    /** What it read. */
    input: string;
}

/** A stub of the engine of agents' machines, which runs commands, and has their logs. */
export interface AgentEngine {
    readonly port: number;
    readonly ran: RunCommand[];
    /** Logs by container, lines with their times. @default none has any */
    readonly logs: Map<string, readonly string[]>;
    /** What a command prints, and how it ends. */
    answer: { readonly out: string; readonly err: string; readonly code: number };
    /** Containers that do not run, with the engine's word for it. */
    readonly states: Map<string, string>;
}

/** Starts one that asks for a client certificate, as a machine's does; it ends with the running test. */
export async function fakeAgentEngine(): Promise<AgentEngine> {
    const { ca, serverCert: cert, serverKey: key } = await certificates();
    const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true });
    const engine = {
        port: 0,
        ran: [] as RunCommand[],
        logs: new Map<string, readonly string[]>(),
        states: new Map<string, string>(),
        answer: { out: "", err: "", code: 0 },
    };
    server.on("request", (message, response) => {
        const url = new URL(message.url ?? "", "https://engine");
        const [, kind = "", container = "", what = ""] = url.pathname.split("/");
        const reply = (body: object, status = 200) => {
            response.statusCode = status;
            response.end(JSON.stringify(body));
        };
        void text(message).then((body) => {
            if (kind === "containers" && what === "exec") {
                const asked = JSON.parse(body) as Pick<RunCommand, "Cmd" | "Env">;
                engine.ran.push({ container, ...asked, input: "" });
                reply({ Id: String(engine.ran.length - 1) }, 201);
            } else if (kind === "exec" && what === "json") {
                reply({ ExitCode: engine.answer.code });
            } else if (kind === "containers" && what === "logs") {
                const lines = engine.logs.get(container);
                const tail = Number(url.searchParams.get("tail") ?? Number.NaN);
                const shown = Number.isNaN(tail) ? lines : lines?.slice(-tail);
                response.statusCode = lines === undefined ? 404 : 200;
                response.end(
                    shown === undefined
                        ? JSON.stringify({ message: `No such container: ${container}` })
                        : Buffer.concat(shown.map((line) => frame(1, `${line}\n`))),
                );
            } else if (kind === "containers" && what === "json") {
                const state = engine.states.get(container) ?? "running";
                reply(
                    state === "" ? { message: "none" } : { State: { Status: state } },
                    state === "" ? 404 : 200,
                );
            } else {
                reply({ message: `not had here: ${url.pathname}` }, 404);
            }
        });
    });
    server.on("upgrade", (message, socket) => {
        const id = Number((message.url ?? "").split("/")[2]);
        socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
        const length = Number(message.headers["content-length"] ?? 0);
        let read = 0;
        const end = () => {
            // In pieces that do not end where frames do.
            const all = Buffer.concat([frame(1, engine.answer.out), frame(2, engine.answer.err)]);
            socket.write(all.subarray(0, 5));
            socket.end(all.subarray(5));
        };
        const timer = setTimeout(end, 100);
        socket.on("data", (chunk: Buffer) => {
            // The request's own body comes first.
            const skipped = Math.min(chunk.length, length - read);
            read += skipped;
            const run = engine.ran[id];
            if (run !== undefined) {
                run.input += chunk.subarray(skipped).toString();
            }
            timer.refresh();
        });
        socket.on("error", () => undefined);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
        server.closeAllConnections();
    });
    engine.port = (server.address() as AddressInfo).port;
    return engine;
}

/** A piece of what a container prints, as an engine sends it. */
export function frame(stream: 1 | 2, content: string): Buffer {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(8);
    header.writeUInt8(stream, 0);
    header.writeUInt32BE(bytes.length, 4);
    return Buffer.concat([header, bytes]);
}
