import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { readBody, sendRequest, type HttpRequest, type HttpTarget } from "../system/http.ts";
import { parseJson, property } from "../system/json.ts";

/** Milliseconds without a byte from the engine after which a request fails. */
const defaultTimeoutMs = 10_000;

/** The same while it copies files. */
const copyTimeoutMs = 60_000;

/** An answer of the engine that is not a success. */
export class EngineError extends Error {
    readonly status: number;

    constructor(what: string, status: number, message: string) {
        super(`${what}: the engine answered ${status}: ${message}`);
        this.status = status;
    }
}

/** How one request is made. */
export interface AskOptions extends Pick<HttpRequest, "method" | "body"> {
    /** What is sent as JSON, instead of a body. @default nothing */
    readonly json?: object;
    /** What the body is. @default the engine's own guess, right for an archive */
    readonly contentType?: string;
    /** More headers. @default none */
    readonly headers?: Readonly<Record<string, string>>;
    /** Milliseconds without a byte after which the request fails. @default 10000 */
    readonly timeout?: number;
}

/** The few requests that our scripts send a Docker Engine: a machine's by TLS, or this computer's by its socket.
 * Types of the answers are those of `@types/dockerode`: the client itself takes longer to load than most scripts. */
export class EngineApi {
    readonly #target: HttpTarget;

    constructor(target: HttpTarget) {
        this.#target = target;
    }

    /** Sends a request, and reads the answer as JSON; undefined for an empty one. */
    async ask<T = unknown>(path: string, options: AskOptions = {}): Promise<T> {
        const text = await this.text(path, options);
        return (text === "" ? undefined : JSON.parse(text)) as T;
    }

    /** The same of something that the engine may not have; undefined where it has none. */
    async find<T>(path: string): Promise<T | undefined> {
        return unlessMissing(this.ask<T>(path));
    }

    /** Changes settings of a container that runs. */
    async update(container: string, settings: object): Promise<void> {
        const path = `/containers/${encodeURIComponent(container)}/update`;
        await this.text(path, { method: "POST", json: settings });
    }

    /** Takes a file or folder out of a container, as a tar archive, into a file. */
    async copyOut(container: string, path: string, file: string): Promise<void> {
        const archive = await this.#send(archiveOf(container, path), { timeout: copyTimeoutMs });
        await pipeline(archive, createWriteStream(file, { mode: 0o600 }));
    }

    /** A small file of a container, as a tar archive; undefined where there is none. */
    async archive(container: string, path: string): Promise<Buffer | undefined> {
        const sent = this.#send(archiveOf(container, path), { timeout: copyTimeoutMs });
        const answer = await unlessMissing(sent);
        return answer === undefined ? undefined : buffer(answer);
    }

    /** Puts the content of a tar archive into a folder of a container, which need not run. */
    async copyIn(container: string, path: string, archive: Readable): Promise<void> {
        await this.text(archiveOf(container, path), {
            method: "PUT",
            body: archive,
            contentType: "application/x-tar",
            timeout: copyTimeoutMs,
        });
    }

    /** Sends a request, and reads the answer as text. */
    async text(path: string, options: AskOptions = {}): Promise<string> {
        return readBody(await this.#send(path, options));
    }

    /** @throws EngineError for an answer that is not a success. */
    async #send(path: string, options: AskOptions): Promise<IncomingMessage> {
        const { method, json, body, contentType, headers, timeout = defaultTimeoutMs } = options;
        const type = json === undefined ? contentType : "application/json";
        const response = await sendRequest(this.#target, {
            path,
            method,
            headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) },
            body: json === undefined ? body : JSON.stringify(json),
            idleTimeoutMs: timeout,
        });
        const status = response.statusCode ?? 0;
        if (status >= 400) {
            throw new EngineError(path, status, messageOf(await readBody(response)));
        }
        return response;
    }
}

function archiveOf(container: string, path: string): string {
    return `/containers/${encodeURIComponent(container)}/archive?path=${encodeURIComponent(path)}`;
}

/** An answer; undefined where the engine does not have what was asked for. */
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

function messageOf(text: string): string {
    const message = property(parseJson(text), "message");
    return typeof message === "string" ? message : text;
}
