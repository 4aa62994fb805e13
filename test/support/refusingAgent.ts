import { createServer } from "node:net";
import { onTestFinished } from "vitest";

/** Alerts of TLS (RFC 8446, 6.2) by which Consul refuses a caller for its certificate; Node's server only closes. */
export const alerts = { certificateExpired: 45, unknownCa: 48, certificateRequired: 116 } as const;

/** An address whose server ends each connection with this alert. */
export async function refusingAgent(alert: number): Promise<string> {
    const server = createServer((socket) => {
        socket.on("error", () => undefined);
        // A record of the type alert, of TLS 1.2 as all say that speak 1.3, with two bytes: fatal, and why.
        socket.once("data", () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, alert])));
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
    });
    const address = server.address();
    return `https://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
}
