import { createServer, type RequestListener } from "node:http";
import { onTestFinished } from "vitest";

/** An HTTP server on a free port of the loopback, which ends with the running test. */
export async function httpServer(listener: RequestListener): Promise<{ readonly url: string }> {
    const server = createServer(listener);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
        server.closeAllConnections();
    });
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    return { url: `http://127.0.0.1:${port}` };
}
