import type { DockerMachineCli } from "./dockerMachineCli.ts";
import { progress } from "../system/progress.ts";

/** The file by which docker-machine gives the host's engine its TLS settings. */
const dropIn = "/etc/systemd/system/docker.service.d/10-machine.conf";

/**
 * What brings a host's engine back after a provisioning that ended halfway: docker-machine stops
 * the engine, writes certificates and a drop-in, and starts it again; a next one begins by waiting
 * three minutes for an engine that nobody starts. Its drop-in is taken away first, for it may name
 * certificates that are not all there; provisioning writes it anew.
 */
const commands = [
    `sudo rm -f ${dropIn}`,
    "sudo systemctl daemon-reload",
    "sudo systemctl reset-failed docker",
    "sudo systemctl start docker",
];

/** Starts the engine of a host that stays while its machine is made anew. Only tries: what is
 * wrong beyond this, provisioning finds and says. */
export async function wakeEngine(cli: DockerMachineCli, machine: string): Promise<void> {
    progress(`${machine}: starting the engine that an interrupted run may have stopped`);
    await cli.call(["ssh", machine, commands.join("; ")]);
}
