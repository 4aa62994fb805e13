import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { entries } from "../system/files.ts";

/** Address and client credentials for a TLS handshake. */
export interface TlsEndpoint {
    readonly host: string;
    readonly port: number;
    /** Client certificate and its private key, PEM. @default none is shown */
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
}

/**
 * The certificate that a server serves. It is not verified: the caller says what is wrong with it.
 *
 * @param timeoutMs milliseconds that the server may take.
 */
export async function servedCertificate(
    endpoint: TlsEndpoint,
    timeoutMs: number,
): Promise<X509Certificate> {
    const { host } = endpoint;
    const socket = connect({
        ...endpoint,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        rejectUnauthorized: false,
        timeout: timeoutMs,
    });
    socket.once("timeout", () => {
        socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    });
    try {
        await once(socket, "secureConnect");
        const served = socket.getPeerX509Certificate();
        if (served === undefined) {
            throw new Error("it shows no certificate");
        }
        return served;
    } finally {
        socket.destroy();
    }
}

/** Whether a certificate is for this address or host name. */
export function isFor(certificate: X509Certificate, host: string): boolean {
    const named = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
    return named !== undefined;
}

/** At a machine's address another machine of its store answers. */
export class AnotherAnswers extends Error {
    /** docker-machine's name of that one. */
    readonly other: string;

    constructor(other: string) {
        super(`the machine "${other}" answers there`);
        this.other = other;
    }
}

/**
 * The machine for which docker-machine made a certificate that is served at a machine's address. One that was put
 * there by hand, or is older than the last in the store, counts as that machine's own.
 *
 * @param machines docker-machine's folder of machines.
 * @param name docker-machine's name of the machine.
 */
export async function holderOf(
    served: X509Certificate,
    machines: string,
    name: string,
): Promise<string> {
    const text = served.toString().trim();
    for (const one of new Set([name, ...(await entries(machines))])) {
        const made = await readFile(join(machines, one, "server.pem"), "utf8").catch(() => "");
        if (made.trim() === text) {
            return one;
        }
    }
    return name;
}

/** How long before its end a certificate is renewed, in milliseconds: 30 days. */
export const renewBefore = 30 * 24 * 60 * 60 * 1000;

/** When a certificate expires. */
export function endOf(certificate: X509Certificate | string): Date {
    const read = typeof certificate === "string" ? new X509Certificate(certificate) : certificate;
    return new Date(read.validTo);
}

/** Whether a certificate with this end is to be renewed. */
export function expiresSoon(end: Date): boolean {
    return end.getTime() - Date.now() <= renewBefore;
}

/**
 * When a certificate expires, or that it has, as a sentence continues after its name.
 *
 * @param now when that is said. @default at this moment
 */
export function describeEnd(end: Date, now: Date = new Date()): string {
    const verb = end.getTime() < now.getTime() ? "has expired on" : "expires on";
    return `${verb} ${end.toISOString().slice(0, 10)}`;
}
