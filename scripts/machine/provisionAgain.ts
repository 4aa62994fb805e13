import { lock } from "proper-lockfile";
import type { DockerMachineCli } from "./dockerMachineCli.ts";
import { hasMoved } from "./machineAddress.ts";
import { ownerLabel } from "../protocol/labels.ts";
import { readRecord, writeRecord } from "./machineRecord.ts";
import { progress, sleep } from "../system/progress.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { forgetStaleFlows } from "./staleFlows.ts";
import { storeLayout } from "./storeLayout.ts";

/** Time for what runs on a machine to be itself again once its engine was restarted: a server votes
 * again a few seconds after its start. */
const settleMs = 15_000;

/** How long a machine may wait for those before it: a minute each, of some dozens. */
const retries = { retries: 3600, factor: 1, minTimeout: 1000, maxTimeout: 1000 };

/**
 * Gives a machine another certificate, for the address that it has now, if that was asked for and is
 * not done yet.
 *
 * @throws Error when docker-machine fails; the next run tries again.
 */
export async function provisionAgain(
    cli: DockerMachineCli,
    request: MachineRequest,
): Promise<void> {
    const { store, machine, provision } = request;
    const record = await readRecord(store, machine);
    if (provision === undefined || record === undefined || provision === record.provisioned) {
        return;
    }
    const work = async () => {
        progress(`${machine}: provisioning it again (${provision})`);
        const words = ["regenerate-certs", "-f", machine];
        const { exitCode, tail } = await cli.call(words, { show: true });
        if (exitCode !== 0) {
            throw new Error(
                `${machine}: it could not be provisioned again (${provision}); docker-machine ` +
                    `said last:\n  ${tail.join("\n  ")}`,
            );
        }
        await writeRecord(store, machine, { ...record, provisioned: provision });
        await forgetFlowsOfOwn(request);
    };
    // On a machine that has moved no agent runs that could be missed.
    await ((await hasMoved(store, machine)) ? work() : inTurn(store, work));
}

/** One machine of a store after another: provisioning restarts the engine and with it the agent, and
 * all certificates of a cluster lapse on the same day. */
async function inTurn(store: string, work: () => Promise<void>): Promise<void> {
    const place = storeLayout(store).root;
    const release = await lock(place, { lockfilePath: `${place}/.provisioning`, retries });
    try {
        await work();
        await sleep(settleMs);
    } finally {
        await release();
    }
}

/** Sees that what is sent to this stack's containers reaches them after their engine's restart, for
 * it gives addresses inside the machine to whichever starts first. */
export async function forgetFlowsOfOwn(request: MachineRequest): Promise<void> {
    await forgetStaleFlows(request, ({ Labels }) => Labels[ownerLabel] === request.owner);
}
