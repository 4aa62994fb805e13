import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { onTestFinished } from "vitest";

/** What a server shows over TLS: its certificate and private key, PEM. */
export interface TlsPair {
    readonly cert: string;
    readonly key: string;
    /** What it demands of its clients: certificates of this CA, PEM. @default nothing */
    readonly ca?: string;
    readonly requestCert?: boolean;
}

/**
 * An HTTP server on a free port of the loopback, which ends with the running test.
 *
 * @param tls what it shows. @default it speaks plain HTTP
 */
export async function httpServer(
    listener: RequestListener,
    tls?: TlsPair,
): Promise<{ readonly url: string }> {
    const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
        server.closeAllConnections();
    });
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    return { url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}` };
}
