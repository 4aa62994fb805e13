import { createServer as createPlainServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { onTestFinished } from "vitest";
import { certificates, type Certificates } from "./certificates.ts";

/** What the engine answers to one request, told by its method and path. */
export interface Answer {
    readonly status?: number;
    /** Sent as JSON, unless it is a text. */
    readonly body?: unknown;
}

/** Answers; undefined for what the engine does not have. */
export type Answers = (request: string, body: string, contentType: string) => Answer | undefined;

/** The same, where an answer takes a while. */
export type SlowAnswers = (
    ...asked: Parameters<Answers>
) => Answer | undefined | Promise<Answer | undefined>;

/** A stub of a Docker Engine. */
export interface FakeEngine {
    readonly port: number;
    /** What was asked, in order: `GET /version`. */
    readonly asked: string[];
    /** Stops answering. */
    readonly stop: () => Promise<void>;
}

async function readText(message: IncomingMessage): Promise<string> {
    let text = "";
    for await (const chunk of message.setEncoding("utf8")) {
        text += String(chunk);
    }
    return text;
}

function handler(asked: string[], answers: SlowAnswers) {
    const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
        const body = await readText(message);
        const request = `${message.method ?? ""} ${decodeURIComponent(message.url ?? "")}`;
        asked.push(request);
        const contentType = message.headers["content-type"] ?? "";
        const { status, body: content = "" } = (await answers(request, body, contentType)) ?? {
            status: 404,
            body: { message: `no such thing: ${request}` },
        };
        response.statusCode = status ?? 200;
        response.end(typeof content === "string" ? content : JSON.stringify(content));
    };
    return (message: IncomingMessage, response: ServerResponse): void => {
        // A client that disconnects during its request gets no answer.
        answer(message, response).catch(() => response.destroy());
    };
}

async function listen(server: Server, where: number | string): Promise<() => Promise<void>> {
    const place = typeof where === "number" ? { port: where, host: "127.0.0.1" } : { path: where };
    await new Promise<void>((ready) => server.listen(place, ready));
    const stop = () =>
        new Promise<void>((done) => {
            server.close(() => {
                done();
            });
        });
    onTestFinished(stop);
    return stop;
}

/** An engine that asks for a client certificate of its CA, as a machine's does; by default
 * of the tests' own. */
export async function fakeEngine(
    answers: SlowAnswers,
    port = 0,
    shown?: Pick<Certificates, "ca" | "serverCert" | "serverKey">,
): Promise<FakeEngine> {
    const asked: string[] = [];
    const { ca, serverCert, serverKey } = shown ?? (await certificates());
    const server = createServer(
        { ca, cert: serverCert, key: serverKey, requestCert: true, rejectUnauthorized: true },
        handler(asked, answers),
    );
    const stop = await listen(server, port);
    return { port: (server.address() as AddressInfo).port, asked, stop };
}

/**
 * An engine on a socket of this computer.
 *
 * @param delay milliseconds that it takes to answer.
 */
export async function fakeLocalEngine(
    answers: Answers,
    socket: string,
    delay = 0,
): Promise<FakeEngine> {
    const asked: string[] = [];
    const answer = handler(asked, answers);
    const server = createPlainServer((message, response) => {
        setTimeout(answer, delay, message, response);
    });
    const stop = await listen(server, socket);
    return { port: 0, asked, stop };
}

/** What the engine of a healthy machine answers. */
export const healthy: Answers = (request) => {
    switch (request) {
        case "GET /_ping":
            return { body: "OK" };
        case "GET /version":
            return { body: { Version: "29.1.0" } };
        case "GET /networks/bridge":
            return { body: { IPAM: { Config: [{ Gateway: "172.17.0.1" }] }, Options: null } };
        default:
            return undefined;
    }
};

/** The same of an old engine, which leaves stale UDP flows, with the containers of the stack `dev` that publish
 * UDP ports: the agent's, and one of another name; and one of another stack. */
export const leavingFlows: Answers = (request, body, contentType) => {
    const container = (name: string, port: number, stack: string) => ({
        Names: [`/${name}`],
        Labels: { "consul-machines.owner": `consul-machines/${stack}` },
        Ports: [{ IP: "10.0.0.12", PrivatePort: port, PublicPort: port, Type: "udp" }],
        NetworkSettings: { Networks: { bridge: { IPAddress: "172.17.0.3" } } },
    });
    switch (request) {
        case "GET /version":
            return { body: { Version: "20.10.24+dfsg1" } };
        case "GET /containers/json":
            return {
                body: [
                    container("consul", 8301, "dev"),
                    container("resolver", 5353, "dev"),
                    container("foreign", 5060, "other"),
                ],
            };
        default:
            return healthy(request, body, contentType);
    }
};
