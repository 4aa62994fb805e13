import { Readable } from "node:stream";
import type { IncomingMessage } from "node:http";
import { readBody, type HttpRequest } from "../system/http.ts";
import { AgentPlace } from "./agentPlace.ts";
import type { ConsulAccess, Right } from "./consulAccess.ts";
import { ConsulError, isRefusal, isStrangeAnswer, LockedOutError } from "./consulError.ts";

export type { ConsulAccess, Right };

/** Milliseconds for one answer; without a leader, autopilot's endpoints hang. */
const defaultTimeoutMs = 3000;

/** On an answer from which things were left out for want of rights. */
const filteredHeader = "x-consul-results-filtered-by-acls";

/** One request to an agent. */
export interface ConsulRequest extends Pick<HttpRequest, "method" | "body" | "headers"> {
    /** Statuses of 400 or more that are no error. @default none */
    readonly alsoFine?: readonly number[];
    /** The right that it needs. @default "operate" */
    readonly right?: Right;
    /** The ACL token that is sent. @default those that the client has for the right */
    readonly token?: string;
    /** Milliseconds for the whole answer. @default 3000 */
    readonly timeoutMs?: number;
}

/** Requests to one agent, with what it takes to be let in. They fail with a {@link ConsulError}, or where no answer comes. */
export class ConsulConnection {
    /** For example `http://10.0.0.11:8500`. */
    readonly httpAddress: string;
    /** The agent as messages name it: its address, and the name that its certificate must have. */
    readonly #agent: string;
    readonly #place: AgentPlace;
    readonly #basePath: string;
    protected readonly access: ConsulAccess;
    /** @throws Error for an `https` address without a CA certificate. */
    constructor(httpAddress: string, access: ConsulAccess = {}) {
        this.httpAddress = httpAddress;
        this.access = access;
        const { serverName } = access;
        this.#agent = serverName === undefined ? httpAddress : `${httpAddress} (${serverName})`;
        this.#basePath = new URL(httpAddress).pathname.replace(/\/$/, "");
        this.#place = new AgentPlace(httpAddress, access);
    }

    /** Reads a JSON answer, taken to be of this type. */
    async get<T>(path: string, request: ConsulRequest = {}): Promise<T> {
        return JSON.parse(await this.text(path, request)) as T;
    }

    /** Begins an answer that goes on, such as that of `/v1/agent/monitor`; reading it fails in the end. */
    stream(path: string, totalTimeoutMs: number, right?: Right): Promise<IncomingMessage> {
        return this.send(path, { timeoutMs: totalTimeoutMs, ...(right && { right }) });
    }

    protected async text(path: string, request: ConsulRequest): Promise<string> {
        return readBody(await this.send(path, request));
    }

    /**
     * Sends a request; the body of the answer is still to be read.
     *
     * @throws ConsulError for a status of 400 or more that is not among those that are fine, and for an answer from
     *     which the agent left out what the token may not see: "it is not there" cannot be told from it.
     * @throws LockedOutError where what answers is not proven to be the agent.
     */
    async send(path: string, request: ConsulRequest = {}): Promise<IncomingMessage> {
        const tokens = await this.#tokensFor(request);
        for (const token of tokens.slice(0, -1)) {
            try {
                return await this.#send(path, request, token);
            } catch (error) {
                if (!(error instanceof ConsulError && error.status === 403)) {
                    throw error;
                }
            }
        }
        return this.#send(path, request, tokens.at(-1));
    }

    /** The tokens to try. A stream can be sent only once: then the first one that the agent knows. */
    async #tokensFor(request: ConsulRequest): Promise<readonly string[]> {
        const { right = "operate", body, token } = request;
        if (token !== undefined) {
            return [token];
        }
        const { tokens } = this.access;
        const all = typeof tokens === "string" ? [tokens] : (tokens?.[right] ?? []);
        if (!(body instanceof Readable)) {
            return all;
        }
        for (const known of all.slice(0, -1)) {
            try {
                (await this.#send("/v1/acl/token/self", {}, known)).resume();
                return [known];
            } catch (error) {
                if (!isRefusal(error)) {
                    throw error;
                }
            }
        }
        return all.slice(-1);
    }

    async #send(path: string, request: ConsulRequest, token?: string): Promise<IncomingMessage> {
        const { alsoFine = [], timeoutMs = defaultTimeoutMs, method, body, headers } = request;
        const answer = this.#place.ask({
            method,
            body,
            path: this.#basePath + path,
            headers: { ...(token === undefined ? {} : { "x-consul-token": token }), ...headers },
            totalTimeoutMs: timeoutMs,
        });
        const response = await answer.catch((error: unknown) => {
            throw this.#place.isTls && isStrangeAnswer(error)
                ? LockedOutError.byTls(this.#agent, error)
                : error;
        });
        const { statusCode = 0 } = response;
        if (statusCode >= 400 && !alsoFine.includes(statusCode)) {
            const text = (await readBody(response)).trim();
            throw new ConsulError(path, statusCode, text, this.#agent);
        }
        if (response.headers[filteredHeader] === "true") {
            response.resume();
            const text = "the token may not see all of the answer";
            throw new ConsulError(path, 403, text, this.#agent);
        }
        return response;
    }
}
