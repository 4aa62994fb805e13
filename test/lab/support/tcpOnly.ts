import { connect, createServer, type Server } from "node:net";

/**
 * Forwards TCP, and no UDP, from one address of this computer to another, as for a container that
 * publishes its gossip port by TCP alone.
 *
 * @returns how to end it.
 */
export async function leadTcp(
    from: string,
    to: string,
    ports: readonly number[],
): Promise<() => void> {
    const servers = await Promise.all(
        ports.map(
            (port) =>
                new Promise<Server>((done, failed) => {
                    const server = createServer((socket) => {
                        const onward = connect({ host: to, port });
                        for (const [one, other] of [
                            [socket, onward],
                            [onward, socket],
                        ] as const) {
                            one.pipe(other);
                            one.once("error", () => other.destroy());
                        }
                    });
                    server.once("error", failed).listen(port, from, () => {
                        done(server);
                    });
                }),
        ),
    );
    return () => {
        for (const server of servers) {
            server.close();
        }
    };
}
