import { lock } from "proper-lockfile";
import { ownerLabel } from "../protocol/labels.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { progress, sleep } from "../system/progress.ts";
import { waitUntil } from "../system/waitFor.ts";
import type { CallResult, DockerMachineCli } from "./dockerMachineCli.ts";
import type { Machine } from "./machine.ts";
import { deleteStaleFlows } from "./staleFlows.ts";

/** Time for what runs on a machine to recover once its engine was restarted: a server votes again a few
 * seconds after its start. */
const settleMs = 15_000;

/** How long a machine may wait for those before it: a minute each, of some dozens. */
const retries = { retries: 3600, factor: 1, minTimeout: 1000, maxTimeout: 1000 };

/** How long an engine may take to come back. */
const answerLimit = { limit: 30_000, interval: 500 };

/** Finds the new address of a machine that does not answer at its old one, and records it. */
export async function findAgain(
    cli: DockerMachineCli,
    machine: Machine,
    driver: string,
): Promise<void> {
    // The address of an existing host is the settings' own.
    const isFixed = driver === "generic";
    if (isFixed || (await machine.certificate().catch(() => undefined)) !== undefined) {
        return;
    }
    const now = await cli.addressOf(machine.name);
    const { address } = await machine.inspect();
    if (now !== undefined && now !== address) {
        progress(`${machine.name} is at ${now} now, no longer at ${address}`);
        await machine.notePlace(now);
    }
}

/**
 * Gives a machine another certificate, for the address that it has now, if that was asked for and is
 * not done yet.
 *
 * @throws Error when docker-machine fails; the next run tries again.
 */
export async function provisionAgain(
    cli: DockerMachineCli,
    machine: Machine,
    request: MachineRequest,
): Promise<void> {
    const { provision } = request;
    const record = await machine.record();
    if (provision === undefined || record === undefined || provision === record.provisioned) {
        return;
    }
    const work = async () => {
        progress(`${machine.name}: provisioning it again (${provision})`);
        const { exitCode, tail } = await regenerate(cli, machine);
        if (exitCode !== 0) {
            throw new Error(
                `${machine.name}: it could not be provisioned again (${provision}); docker-machine ` +
                    `said last:\n  ${tail.join("\n  ")}`,
            );
        }
        await machine.writeRecord({ ...record, provisioned: provision });
        await deleteOwnStaleFlows(machine, request);
    };
    // On a machine that has moved no agent runs that could be missed; on a host that is only reached elsewhere one does.
    const isIdle = request.driver !== "generic" && (await machine.hasMoved());
    await (isIdle ? work() : inTurn(machine.layout.root, work));
}

/**
 * One machine of a store after another: provisioning restarts the engine and with it the agent, and
 * all certificates of a cluster expire on the same day.
 *
 * @param settled milliseconds for what runs on a machine to recover. @default some; 0 where the work itself waits for it
 */
export async function inTurn(
    store: string,
    work: () => Promise<void>,
    settled = settleMs,
): Promise<void> {
    const release = await lock(store, { lockfilePath: `${store}/.provisioning`, retries });
    await work()
        .then(() => sleep(settled))
        .finally(release);
}

/**
 * Checks that a machine made before still answers: starts it where it is stopped, and provisions it again
 * where that does not help.
 *
 * @throws Error when it does not answer afterwards either.
 */
export async function repair(
    cli: DockerMachineCli,
    machine: Machine,
    request: MachineRequest,
): Promise<void> {
    const { name } = machine;
    const answers = () => machine.engineAnswers();
    if (await answers()) {
        return;
    }
    const status = (await cli.call(["status", name])).stdout.trim();
    if (status !== "Running") {
        progress(`${name} is ${status === "" ? "in no known state" : status}; starting it`);
        await cli.call(["start", name], { show: true });
        await findAgain(cli, machine, request.driver);
    }
    if (await waitUntil(answers, answerLimit)) {
        return;
    }
    // A new address, an expired certificate and a recreated host all need provisioning once more.
    progress(`${name}: its engine does not answer to our certificate; provisioning it again`);
    if (request.driver === "generic") {
        await startEngine(cli, machine);
    }
    const { tail } = await regenerate(cli, machine);
    if (!(await waitUntil(answers, answerLimit))) {
        throw new Error(
            `${name}: its Docker Engine does not answer (machine status: ` +
                `${status === "" ? "unknown" : status}). Start the machine or make it reachable ` +
                "and run `pulumi up` again; or replace it with `pulumi up --replace` of its " +
                `Command. docker-machine said last:\n  ${tail.join("\n  ")}`,
        );
    }
    await deleteOwnStaleFlows(machine, request);
}

/** Provisions a machine again, with a new certificate. */
export function regenerate(cli: DockerMachineCli, { name }: Machine): Promise<CallResult> {
    return cli.call(["regenerate-certs", "-f", name], { show: true });
}

/** The restart of an engine gives addresses inside the machine to whichever container starts first. */
export async function deleteOwnStaleFlows(
    machine: Machine,
    { owner, binary }: Pick<MachineRequest, "owner" | "binary">,
): Promise<void> {
    await deleteStaleFlows(machine, binary, ({ Labels }) => Labels[ownerLabel] === owner);
}

/**
 * What brings a host's engine back after a provisioning that was interrupted: docker-machine stops the
 * engine, writes certificates and a drop-in with its TLS settings, and starts it again; the next one begins
 * by waiting three minutes for the stopped engine. The drop-in is removed first, for it may name
 * certificates that are not all there; provisioning writes it again.
 */
const restoration =
    "sudo rm -f /etc/systemd/system/docker.service.d/10-machine.conf; sudo systemctl daemon-reload; " +
    "sudo systemctl reset-failed docker; sudo systemctl start docker";

/** Starts the engine of a host that stays while its machine is recreated. It only tries: what else is
 * wrong, provisioning finds and reports. */
export async function startEngine(cli: DockerMachineCli, { name }: Machine): Promise<void> {
    progress(`${name}: starting the engine that an interrupted run may have stopped`);
    await cli.call(["ssh", name, restoration]);
}
