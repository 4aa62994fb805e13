import { connect } from "node:net";
import { sleep } from "../system/progress.ts";

/** How long a host may take to start its SSH server; docker-machine waits on after that. */
const limit = 30_000;

/** How long one connection may stay silent. */
const patience = 2000;

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
    const end = Date.now() + limit;
    while (!(await greets(host, port)) && Date.now() < end) {
        await sleep(100);
    }
}

function valueOf(flags: readonly string[], name: string): string | undefined {
    return flags.find((flag) => flag.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Whether a server there begins as SSH servers do. */
function greets(host: string, port: number): Promise<boolean> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: patience });
        const end = (greeted: boolean) => {
            socket.destroy();
            done(greeted);
        };
        socket.once("data", (greeting) => {
            end(greeting.toString("latin1").startsWith("SSH-"));
        });
        socket.once("error", () => {
            end(false);
        });
        socket.once("timeout", () => {
            end(false);
        });
        socket.once("close", () => {
            done(false);
        });
    });
}
