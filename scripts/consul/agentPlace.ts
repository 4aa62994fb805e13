import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { sendRequest, type HttpRequest, type HttpTarget, type TlsAccess } from "../system/http.ts";
import { property } from "../system/json.ts";
import type { ConsulAccess } from "./consulAccess.ts";

/** Where an agent listens: at its address, or where else it is while that changes. */
export class AgentPlace {
    readonly #httpAddress: string;
    readonly #access: ConsulAccess;
    readonly #target: HttpTarget;
    readonly #tls: TlsAccess | undefined;
    /** Where it was found last, if that is elsewhere. */
    #found: HttpTarget | undefined;

    /** @throws Error for an `https` address without a CA certificate. */
    constructor(httpAddress: string, access: ConsulAccess) {
        const { ca, client, serverName } = access;
        const isTls = httpAddress.startsWith("https:");
        if (isTls && ca === undefined) {
            throw new Error(`${httpAddress}: no CA certificate is known to verify it by`);
        }
        this.#httpAddress = httpAddress;
        this.#access = access;
        this.#tls =
            isTls && ca !== undefined
                ? { ca, serverName, cert: client?.certificate, key: client?.key }
                : undefined;
        this.#target = { ...endpointOf(httpAddress), tls: this.#tls };
    }

    /** Whether its address is one of TLS. */
    get isTls(): boolean {
        return this.#tls !== undefined;
    }

    /** Sends a request to where the agent listens. Only a refused connection says that it listens elsewhere: nothing
     * has been sent then. A question may also be asked again where no answer came: a firewall drops what is for a port that
     * it does not know. */
    async ask(request: HttpRequest): Promise<IncomingMessage> {
        // A stream can be sent only once: to where the agent was found last.
        if (request.body instanceof Readable) {
            return sendRequest(this.#found ?? this.#target, request);
        }
        try {
            return await sendRequest(this.#target, request);
        } catch (error) {
            const sent = await this.#askElsewhere(request, error);
            if (sent === undefined) {
                throw error;
            }
            return sent;
        }
    }

    /** Asks an agent that is not where it is declared to be; undefined where it is nowhere else. */
    async #askElsewhere(
        request: HttpRequest,
        error: unknown,
    ): Promise<IncomingMessage | undefined> {
        const { plain, elsewhere } = this.#access;
        const isQuestion = (request.method ?? "GET") === "GET";
        if (isRefused(error) && plain !== undefined) {
            const target = endpointOf(plain.httpAddress);
            const sent = sendRequest(target, this.#asPlain(request)).catch(ifRefused);
            const answer = await sent;
            if (answer !== undefined) {
                return answer;
            }
        }
        if (!(isRefused(error) || (isQuestion && isTimeOut(error)))) {
            return undefined;
        }
        const address = await elsewhere?.();
        if (address === undefined || address === this.#httpAddress) {
            return undefined;
        }
        const isTls = address.startsWith("https:");
        const target = { ...endpointOf(address), ...(isTls ? { tls: this.#tls } : {}) };
        const isDowngrade = !isTls && this.#tls !== undefined;
        const answer = await sendRequest(
            target,
            isDowngrade ? this.#asPlain(request) : request,
        ).catch(ifRefused);
        if (answer !== undefined && !isDowngrade) {
            this.#found = target;
        }
        return answer;
    }

    /** A request without TLS, to an agent of a cluster that is being secured. */
    #asPlain(request: HttpRequest): HttpRequest {
        const { "x-consul-token": token, ...headers } = request.headers ?? {};
        const hasToken = this.#access.plain?.hasTokens === true && token !== undefined;
        return {
            ...request,
            headers: hasToken ? { ...headers, "x-consul-token": token } : headers,
        };
    }
}

function isRefused(error: unknown): boolean {
    return property(error, "code") === "ECONNREFUSED";
}

function isTimeOut(error: unknown): boolean {
    return property(error, "code") === "ETIMEDOUT";
}

/** Nothing in place of an answer where nothing listens; any other failure is one. */
function ifRefused(error: unknown): undefined {
    if (!isRefused(error)) {
        throw error;
    }
}

/** Host and port of an address. */
function endpointOf(httpAddress: string) {
    const { protocol, hostname, port } = new URL(httpAddress);
    return {
        // An IPv6 address without its brackets.
        host: hostname.replace(/^\[|\]$/g, ""),
        port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    };
}
