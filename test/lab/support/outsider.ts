import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { KeyPair } from "../../../scripts/protocol/security.ts";
import { readBody, sendRequest } from "../../../scripts/system/http.ts";

/** Milliseconds for a machine of the lab to answer. */
const answerLimit = 3000;

/** How many connections are tried at once. */
const workers = 200;

/** The TCP ports up to this one that take a connection at an address. */
export async function openPorts(host: string, highest: number): Promise<number[]> {
    const open: number[] = [];
    let last = 0;
    const work = async () => {
        while (last < highest) {
            const port = (last += 1);
            if (await takesConnection(host, port)) {
                open.push(port);
            }
        }
    };
    await Promise.all(Array.from({ length: workers }, work));
    return open.sort((a, b) => a - b);
}

/** Whether a UDP port is refused: by the machine, not by silence. */
export async function refusesDatagrams(host: string, port: number): Promise<boolean> {
    const socket = createSocket("udp4");
    const refused = once(socket, "error").then(() => true);
    try {
        socket.connect(port, host);
        await once(socket, "connect");
        for (let time = 1; time <= 3; time += 1) {
            socket.send("?");
            const late = new Promise<false>((over) => setTimeout(over, 400, false));
            if (await Promise.race([refused, late])) {
                return true;
            }
        }
        return false;
    } finally {
        socket.close();
    }
}

/** What an API answers. */
export interface Answer {
    readonly status: number;
    readonly body: string;
}

/** A question of one who knows an API's CA. */
export interface Question {
    readonly ca: string;
    /** What is written. @default it is read */
    readonly body?: string;
    /** A certificate that is shown. @default none */
    readonly client?: KeyPair | undefined;
    /** @default none */
    readonly token?: string | undefined;
}

/** Asks an API as one who knows its CA, and has no token: or the one that is named. */
export async function ask(address: string, { ca, body, token, client }: Question): Promise<Answer> {
    const { hostname: host, port, pathname, search } = new URL(address);
    const answer = await sendRequest(
        { host, port: Number(port), tls: { ca, cert: client?.certificate, key: client?.key } },
        {
            method: body === undefined ? "GET" : "PUT",
            path: pathname + search,
            body,
            headers: token === undefined ? {} : { "x-consul-token": token },
            totalTimeoutMs: answerLimit,
        },
    );
    return { status: answer.statusCode ?? 0, body: await readBody(answer) };
}

/**
 * How a server ends a TLS connection for what its client shows: the code of OpenSSL's error. Whether the server's own
 * certificate is right is not looked at.
 *
 * @returns undefined where it has not ended it within a second.
 */
export async function tlsRefusal(options: ConnectionOptions): Promise<string | undefined> {
    const socket = connectTls({ ...options, rejectUnauthorized: false });
    const ended = new Promise<string>((done) => {
        socket.once("error", (error: Error) => {
            done("code" in error ? String(error.code) : error.message);
        });
        socket.once("close", () => {
            done("closed");
        });
    });
    try {
        // In TLS 1.3 a client has shaken hands before the server looks at what it showed.
        const shaken = once(socket, "secureConnect").catch(() => undefined);
        await Promise.race([shaken, ended]);
        const patient = new Promise<undefined>((over) => setTimeout(over, 1000, undefined));
        return await Promise.race([ended, patient]);
    } finally {
        socket.destroy();
    }
}

function takesConnection(host: string, port: number): Promise<boolean> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: answerLimit });
        const end = (isOpen: boolean) => () => {
            socket.destroy();
            done(isOpen);
        };
        socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
    });
}
