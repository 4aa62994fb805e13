import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { machineFiles } from "../machine/storeLayout.ts";

// Not imported: for its exports an import makes Node load the whole of `fetch` too, in every preview
// and in every script.
const { request: plainRequest } = process.getBuiltinModule("node:http");

/** How to reach a Docker Engine: a machine's by TLS, or this computer's by its socket. */
export type EngineAddress =
    | {
          readonly host: string;
          readonly port: number;
          readonly ca: string;
          readonly cert: string;
          readonly key: string;
      }
    | { readonly socketPath: string };

/** Milliseconds without a sign of life from an engine that copies files. */
const copyTimeout = 60_000;

/** An answer of the engine that is not a success. */
export class EngineError extends Error {
    readonly status: number;

    constructor(what: string, status: number, message: string) {
        super(`${what}: the engine answered ${status}: ${message}`);
        this.status = status;
    }
}

/** A container as an engine lists it. */
export interface ListedContainer {
    /** Each with a slash before it. */
    readonly Names: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
    readonly Ports: readonly {
        readonly IP?: string;
        readonly PublicPort?: number;
        readonly Type: string;
    }[];
}

/** How one question is put. */
export interface AskOptions {
    /** HTTP method. @default "GET" */
    readonly method?: "GET" | "POST" | "PUT" | "DELETE";
    /** What is sent as JSON. @default nothing */
    readonly json?: object;
    /** What is sent as it is. @default nothing */
    readonly body?: Readable | undefined;
    /** What the body is. @default the engine's own guess, right for an archive */
    readonly contentType?: string;
    /** Milliseconds without a sign of life after which the question is given up. @default 10000 */
    readonly timeout?: number;
}

/**
 * The few questions our scripts ask a Docker Engine. Node's own HTTP client, because each script
 * is a process of its own, and the Docker client libraries take longer to load than we to ask.
 */
export class EngineApi {
    readonly #address: EngineAddress;
    readonly #agent: Agent | undefined;

    constructor(address: EngineAddress) {
        this.#address = address;
        this.#agent = "host" in address ? new Agent({ keepAlive: false }) : undefined;
    }

    /** A machine's engine, with the certificates that its store keeps. */
    static async ofMachine(store: string, machine: string, endpoint: string): Promise<EngineApi> {
        const { hostname, port } = new URL(endpoint);
        const files = machineFiles(store, machine);
        const [ca, cert, key] = await Promise.all(
            [files.ca, files.cert, files.key].map((file) => readFile(file, "utf8")),
        );
        if (ca === undefined || cert === undefined || key === undefined) {
            throw new Error(`${machine}: its TLS files are not all there.`);
        }
        return new EngineApi({ host: hostname, port: Number(port), ca, cert, key });
    }

    /** Asks, and reads the answer as JSON; undefined for an empty one. */
    async ask(path: string, options: AskOptions = {}): Promise<unknown> {
        const text = await this.text(path, options);
        return text === "" ? undefined : (JSON.parse(text) as unknown);
    }

    /** Asks after something that the engine may not have; undefined where it has none. */
    async find(path: string): Promise<unknown> {
        return unlessMissing(this.ask(path));
    }

    /** Changes settings of a container that runs. */
    async update(container: string, settings: object): Promise<void> {
        const path = `/containers/${encodeURIComponent(container)}/update`;
        await this.text(path, { method: "POST", json: settings });
    }

    /** Takes a file or folder out of a container, as a tar archive, into a file. */
    async copyOut(container: string, path: string, file: string): Promise<void> {
        const archive = await this.#copy(container, path);
        await pipeline(archive, createWriteStream(file, { mode: 0o600 }));
    }

    /** A small file of a container, as a tar archive; undefined where there is none. */
    async archive(container: string, path: string): Promise<Buffer | undefined> {
        const answer = await unlessMissing(this.#copy(container, path));
        return answer === undefined ? undefined : buffer(answer);
    }

    async #copy(container: string, path: string): Promise<IncomingMessage> {
        const query = `path=${encodeURIComponent(path)}`;
        const from = `/containers/${encodeURIComponent(container)}/archive?${query}`;
        const response = await this.#send(from, { timeout: copyTimeout });
        const status = response.statusCode ?? 0;
        if (status >= 400) {
            throw new EngineError(from, status, messageOf(await readAll(response)));
        }
        return response;
    }

    /** Puts the content of a tar archive into a folder of a container, which need not run. */
    async copyIn(container: string, path: string, archive: Readable): Promise<void> {
        const query = `path=${encodeURIComponent(path)}`;
        const into = `/containers/${encodeURIComponent(container)}/archive?${query}`;
        const contentType = "application/x-tar";
        await this.text(into, { method: "PUT", body: archive, contentType, timeout: copyTimeout });
    }

    /** Asks, and reads the answer as text. */
    async text(path: string, options: AskOptions = {}): Promise<string> {
        const response = await this.#send(path, options);
        const text = await readAll(response);
        const status = response.statusCode ?? 0;
        if (status >= 400) {
            throw new EngineError(path, status, messageOf(text));
        }
        return text;
    }

    #send(path: string, { json, ...options }: AskOptions): Promise<IncomingMessage> {
        if (json === undefined) {
            return this.#sendBody(path, options);
        }
        const body = Readable.from([JSON.stringify(json)]);
        return this.#sendBody(path, { ...options, body, contentType: "application/json" });
    }

    #sendBody(path: string, { method = "GET", body, contentType, timeout = 10_000 }: AskOptions) {
        return new Promise<IncomingMessage>((answered, failed) => {
            const headers = contentType === undefined ? {} : { "content-type": contentType };
            const options: RequestOptions = { ...this.#address, path, method, timeout, headers };
            const sent = this.#agent
                ? request({ ...options, agent: this.#agent }, answered)
                : plainRequest(options, answered);
            sent.once("timeout", () => {
                sent.destroy(new Error(`no answer within ${timeout / 1000} s`));
            });
            sent.once("error", failed);
            if (body === undefined) {
                sent.end();
            } else {
                body.once("error", (error) => sent.destroy(error));
                body.pipe(sent);
            }
        });
    }
}

/** An answer; undefined where the engine says that it does not have what was asked for. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof EngineError && error.status === 404) {
            return undefined;
        }
        throw error;
    }
}

async function readAll(stream: Readable): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString("utf8");
}

function messageOf(text: string): string {
    try {
        const parsed = JSON.parse(text) as { message?: unknown };
        return typeof parsed.message === "string" ? parsed.message : text;
    } catch {
        return text;
    }
}
