import { Agent as TlsAgent, request as requestTls, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

// Not imported: for its exports an import makes Node load all of `fetch` too, in every preview and script.
const { Agent, request: requestPlain } = process.getBuiltinModule("node:http");

/** What a client needs to know of TLS. */
export interface TlsAccess {
    /** Certificate of the CA that signed the server's certificate, PEM. */
    readonly ca: string;
    /** Client certificate, PEM. @default none is shown */
    readonly cert?: string | undefined;
    /** Private key of the client certificate, PEM. */
    readonly key?: string | undefined;
    /** Name that the server's certificate must have. @default the host that is dialled */
    readonly serverName?: string | undefined;
}

/** Where a server listens: at an address, or behind a socket of this computer. */
export type HttpTarget =
    | { readonly socketPath: string }
    | { readonly host: string; readonly port: number; readonly tls?: TlsAccess | undefined };

/** One request. */
export interface HttpRequest {
    /** Path and query. */
    readonly path: string;
    /** @default "GET" */
    readonly method?: "GET" | "POST" | "PUT" | "DELETE" | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    /** What is sent. @default nothing */
    readonly body?: Readable | string | undefined;
    /** Milliseconds without a byte from the server after which the request fails. */
    readonly idleTimeoutMs?: number | undefined;
    /** Milliseconds for the whole answer. @default no limit */
    readonly totalTimeoutMs?: number | undefined;
}

// A new connection for each request: a kept one may be to a container that was replaced meanwhile.
const plainAgent = new Agent({ keepAlive: false });
// Nor is a session resumed: its server's certificate would not be looked at again.
const tlsAgent = new TlsAgent({ keepAlive: false, maxCachedSessions: 0 });

/**
 * Sends a request by Node's own client: each script is a process of its own, and client libraries take
 * longer to load than the scripts to run.
 *
 * @returns the answer, whatever its status; its body is still to be read.
 * @throws Error where no answer begins in time, or the connection fails.
 */
export function sendRequest(target: HttpTarget, request: HttpRequest): Promise<IncomingMessage> {
    const { path, method = "GET", headers = {}, body, idleTimeoutMs, totalTimeoutMs } = request;
    return new Promise((answered, failed) => {
        // Node says it of itself, but not with DELETE: its body would not be read.
        const length =
            typeof body === "string" ? { "content-length": Buffer.byteLength(body) } : {};
        const options = {
            path,
            method,
            headers: { ...length, ...headers },
            timeout: idleTimeoutMs,
        };
        const sent = open(target, options, answered);
        const timeOut = (milliseconds: number) =>
            sent.destroy(
                Object.assign(new Error(`no answer within ${milliseconds / 1000} s`), {
                    code: "ETIMEDOUT",
                }),
            );
        if (totalTimeoutMs !== undefined) {
            const timer = setTimeout(() => timeOut(totalTimeoutMs), totalTimeoutMs);
            sent.once("close", () => {
                clearTimeout(timer);
            });
        }
        sent.once("timeout", () => timeOut(idleTimeoutMs ?? 0));
        sent.once("error", failed);
        if (body instanceof Readable) {
            body.once("error", (error) => sent.destroy(error));
            body.pipe(sent);
        } else {
            sent.end(body);
        }
    });
}

function open(
    target: HttpTarget,
    options: RequestOptions,
    answered: (response: IncomingMessage) => void,
) {
    if ("socketPath" in target || target.tls === undefined) {
        return requestPlain({ ...options, ...target, agent: plainAgent }, answered);
    }
    const { host, port, tls } = target;
    // A CA that is trusted need be no root: who is above it is nobody's concern.
    const trust = { ...tls, allowPartialTrustChain: true };
    const all = { ...options, ...trust, host, port, servername: tls.serverName, agent: tlsAgent };
    return requestTls(all, answered);
}

/** The whole body of an answer. */
export { text as readBody } from "node:stream/consumers";
