import { connect } from "node:net";
import type { ListeningFacts } from "../facts.ts";
import { consulPorts } from "../consulPorts.ts";

/** How a port meets a connection: it may do nothing, as where something between drops what is sent. */
type Meeting = "takes it" | "refuses it" | "does nothing";

/**
 * Which TCP ports of an address take a connection from this computer, all asked at once. Nothing is sent.
 *
 * @param ports @default all of Consul's
 * @param timeoutMs milliseconds for each port.
 * @returns undefined where the address neither takes nor refuses any connection: of a machine that is off nothing is
 *     known.
 */
export async function askListening(
    address: string,
    ports: readonly number[] = [...consulPorts.keys()],
    timeoutMs = 2000,
): Promise<ListeningFacts | undefined> {
    const meetings = await Promise.all(ports.map((port) => meet(address, port, timeoutMs)));
    return meetings.every((meeting) => meeting === "does nothing")
        ? undefined
        : { address, ports: ports.filter((_, index) => meetings[index] === "takes it") };
}

function meet(host: string, port: number, timeout: number): Promise<Meeting> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout });
        const end = (meeting: Meeting) => {
            socket.destroy();
            done(meeting);
        };
        socket
            .once("connect", () => {
                end("takes it");
            })
            .once("timeout", () => {
                end("does nothing");
            })
            .on("error", (error: NodeJS.ErrnoException) => {
                end(error.code === "ECONNREFUSED" ? "refuses it" : "does nothing");
            });
    });
}
