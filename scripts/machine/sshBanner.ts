import { connect } from "node:net";
import { waitUntil } from "../system/waitFor.ts";

/** How long a host may take to start its SSH server, in milliseconds; docker-machine waits on after that. */
const limit = 30_000;

/** How long one connection may take to greet. */
const connectionTimeoutMs = 2000;

/**
 * Waits until an existing host's SSH server greets. docker-machine asks the same, and then sleeps
 * three seconds before it asks again: a host that has only just started would cost that much.
 *
 * @param flags the driver's flags of `docker-machine create`, which name the host.
 */
export async function untilSshAnswers(driver: string, flags: readonly string[]): Promise<void> {
    const host = valueOf(flags, "--generic-ip-address");
    if (driver !== "generic" || host === undefined) {
        return;
    }
    const port = Number(valueOf(flags, "--generic-ssh-port") ?? 22);
    await waitUntil(() => greets(host, port), { limit, interval: 100 });
}

function valueOf(flags: readonly string[], name: string): string | undefined {
    return flags.find((flag) => flag.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Whether a server there begins as SSH servers do. */
async function greets(host: string, port: number): Promise<boolean> {
    const socket = connect({ host, port, timeout: connectionTimeoutMs });
    socket.once("timeout", () => socket.destroy(new Error("no greeting")));
    try {
        for await (const greeting of socket) {
            return String(greeting).startsWith("SSH-");
        }
    } catch {
        // It refuses, or does not respond.
    }
    return false;
}
