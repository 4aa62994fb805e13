import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { readMachine } from "./machineInspect.ts";
import { entries, machineFiles, storeLayout } from "./storeLayout.ts";

/** Whom to ask for a certificate, and by which of one's own. */
export interface Hand {
    readonly host: string;
    readonly port: number;
    readonly cert: string;
    readonly key: string;
}

/**
 * The certificate that an engine shows. It is not believed: what is wrong with it is its reader's to
 * say.
 *
 * @param patience milliseconds that the engine may take.
 */
export function shownCertificate(hand: Hand, patience: number): Promise<X509Certificate> {
    return new Promise((done, failed) => {
        const socket = connect({
            ...hand,
            ...(isIP(hand.host) === 0 ? { servername: hand.host } : {}),
            rejectUnauthorized: false,
            timeout: patience,
        });
        socket.once("secureConnect", () => {
            const shown = socket.getPeerX509Certificate();
            socket.destroy();
            if (shown === undefined) {
                failed(new Error("it shows no certificate"));
            } else {
                done(shown);
            }
        });
        socket.once("timeout", () => {
            socket.destroy();
            failed(new Error(`no answer within ${patience / 1000} s`));
        });
        socket.once("error", failed);
    });
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
 * The certificate by which a machine's engine answers at the address that is known of it, be it for
 * that address or not.
 *
 * @throws AnotherAnswers where another machine of the store does; Error where nobody does, or
 *     somebody of another authority.
 */
export async function ownCertificate(
    store: string,
    machine: string,
    patience: number,
): Promise<X509Certificate> {
    const { endpoint, address } = await readMachine(store, machine);
    const files = machineFiles(store, machine);
    const [ca, cert, key] = await Promise.all([
        readFile(files.ca, "utf8"),
        readFile(files.cert, "utf8"),
        readFile(files.key, "utf8"),
    ]);
    const port = Number(new URL(endpoint).port);
    const shown = await shownCertificate({ host: address, port, cert, key }, patience);
    if (!shown.verify(new X509Certificate(ca).publicKey)) {
        throw new Error("an engine of another authority answers there");
    }
    const holder = await holderOf(store, machine, shown);
    if (holder !== machine) {
        throw new AnotherAnswers(holder);
    }
    return shown;
}

/** Whether another machine of its store answers where a machine was. */
export async function isDisplaced(
    store: string,
    machine: string,
    patience: number,
): Promise<boolean> {
    return ownCertificate(store, machine, patience).then(
        () => false,
        (error: unknown) => error instanceof AnotherAnswers,
    );
}

/** The machine for which docker-machine made this certificate: another one, if it is that one's. A
 * certificate that was put in its place by hand, or is older than the last in the store, is nobody
 * else's. */
async function holderOf(store: string, machine: string, shown: X509Certificate): Promise<string> {
    const { machines } = storeLayout(store);
    const text = shown.toString().trim();
    for (const one of new Set([machine, ...(await entries(machines))])) {
        const made = await readFile(join(machines, one, "server.pem"), "utf8").catch(() => "");
        if (made.trim() === text) {
            return one;
        }
    }
    return machine;
}
