import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { readBody, sendRequest, type HttpTarget } from "../system/http.ts";

/** Milliseconds without a byte from the engine after which a request fails. */
const defaultTimeoutMs = 10_000;

/** The same while it copies files. */
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

/** The few requests that our scripts send a Docker Engine: a machine's by TLS, or this computer's by its socket. */
export class EngineApi {
    readonly #target: HttpTarget;

    constructor(target: HttpTarget) {
        this.#target = target;
    }

    /** Asks, and reads the answer as JSON; undefined for an empty one. */
    async ask<T = unknown>(path: string, options: AskOptions = {}): Promise<T> {
        const text = await this.text(path, options);
        return (text === "" ? undefined : JSON.parse(text)) as T;
    }

    /** Asks after something that the engine may not have; undefined where it has none. */
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
            throw new EngineError(from, status, messageOf(await readBody(response)));
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
        const text = await readBody(response);
        const status = response.statusCode ?? 0;
        if (status >= 400) {
            throw new EngineError(path, status, messageOf(text));
        }
        return text;
    }

    #send(path: string, { json, body, contentType, ...options }: AskOptions) {
        const type = json === undefined ? contentType : "application/json";
        return sendRequest(this.#target, {
            path,
            method: options.method,
            headers: type === undefined ? {} : { "content-type": type },
            body: json === undefined ? body : JSON.stringify(json),
            idleTimeoutMs: options.timeout ?? defaultTimeoutMs,
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

function messageOf(text: string): string {
    try {
        const parsed = JSON.parse(text) as { message?: unknown };
        return typeof parsed.message === "string" ? parsed.message : text;
    } catch {
        return text;
    }
}
