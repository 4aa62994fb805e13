import { ownerLabel } from "../protocol/labels.ts";
import { describeError } from "../system/progress.ts";
import type { DockerMachineCli } from "./dockerMachineCli.ts";
import type { Machine } from "./machine.ts";

/** How an engine says that an address which a container is to publish its ports on is not the machine's. */
const noAddress = /cannot assign requested address/i;

/** Milliseconds that a host may take to be told something over SSH. */
const sshTimeoutMs = 30_000;

/** The unit's name, and where it is: documented, for who undoes all this by hand. */
export const starterUnit = "consul-machines-address.service";

const unitFile = `/etc/systemd/system/${starterUnit}`;

/**
 * Whether a container did not start because its machine lacked the address of its ports. An engine tries once, as it
 * starts, and leaves the container stopped, whatever its restart policy: where the network comes after Docker, it
 * stays so.
 *
 * @param error the engine's own, as it keeps it of the container.
 */
export function isLateAddress(error: string): boolean {
    return noAddress.test(error);
}

/** What the unit runs: it tries again as long as a container of ours lacks nothing but its address, and ends. */
const tryAgain = [
    "while :; do left=no;",
    `for id in $(docker ps --all --quiet --filter label=${ownerLabel} --filter status=exited); do`,
    'case $(docker inspect --format "{{.State.Error}}" $id) in',
    '*"cannot assign requested address"*) docker start $id || left=yes;; esac; done;',
    "test $left = yes || exit 0; sleep 5; done",
].join(" ");

/**
 * A unit that is started whenever Docker is, and no part of its start: nothing waits for it, least of all the boot or
 * anybody else's containers.
 */
export function starterText(): string {
    // systemd reads both characters itself; JavaScript takes two of the last one for one.
    const command = tryAgain.replaceAll("%", "%%").replaceAll("$", "$$$$");
    return [
        "[Unit]",
        "Description=Starts agents of consul-machines whose address came after Docker",
        "After=docker.service",
        "PartOf=docker.service",
        "",
        "[Service]",
        `ExecStart=/bin/sh -c '${command}'`,
        "",
        "[Install]",
        "WantedBy=docker.service",
        "",
    ].join("\n");
}

/**
 * Lays the unit down on a machine, and starts it. Where there is no systemd, nothing is done.
 *
 * @throws Error where the machine does not do it.
 */
export async function layStarter(cli: DockerMachineCli, { name }: Machine): Promise<void> {
    const text = Buffer.from(starterText()).toString("base64");
    const steps = [
        `echo ${text} | base64 -d | sudo tee ${unitFile} >/dev/null`,
        "sudo systemctl daemon-reload",
        `sudo systemctl enable --quiet ${starterUnit}`,
        `sudo systemctl start --no-block ${starterUnit}`,
    ].join(" && ");
    const script = `if test -d /run/systemd/system; then ${steps}; fi`;
    await cli.must(["ssh", name, script], { timeoutMs: sshTimeoutMs });
}

/**
 * Removes the unit from a host that stays.
 *
 * @returns why it is still there; undefined once it is not.
 */
export async function removeStarter(
    cli: DockerMachineCli,
    { name }: Machine,
): Promise<string | undefined> {
    const steps = [
        `sudo systemctl disable --quiet --now ${starterUnit}`,
        `sudo rm -f ${unitFile}`,
        "sudo systemctl daemon-reload",
    ].join(" && ");
    const script = `if test -e ${unitFile}; then ${steps}; fi`;
    return cli.must(["ssh", name, script], { timeoutMs: sshTimeoutMs }).then(
        () => undefined,
        (error: unknown) =>
            `the unit ${starterUnit} is left on its host, and does nothing there: ${describeError(error)}`,
    );
}
