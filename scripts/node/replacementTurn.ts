import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeProcess, isRunning, type ProcessIdentity } from "../system/processIdentity.ts";
import { progress, sleep } from "../system/progress.ts";
import type { MembershipRequest } from "../protocol/requests.ts";
import { declaredMachines } from "../machine/roster.ts";
import { entries, storeLayout } from "../machine/storeLayout.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for all that are replaced in one run to say so: Pulumi begins them in no order, at once. */
const gatherTime = 5_000;

/** Time to wait for one's turn; the machines of a large cloud cluster take minutes each. */
const turnLimit = 110 * 60_000;

/**
 * Waits until every server declared before this one that is being replaced as well has left.
 *
 * A new server starts only behind those declared before it. Whoever left ahead of them could not be
 * back before they are, and they would wait for it before they leave.
 *
 * @returns what ends this one's turn.
 */
export async function takeTurn({ agent }: MembershipRequest): Promise<() => Promise<void>> {
    const { store, machine } = agent;
    const folder = storeLayout(store).leaving;
    await mkdir(folder, { recursive: true });
    const file = join(folder, machine);
    await writeFile(file, JSON.stringify(await describeProcess(process.pid)));
    await sleep(gatherTime);
    const machines = await declaredMachines(store);
    const before = new Set(machines.slice(0, machines.indexOf(machine)));
    await waitFor(
        async () => {
            const ahead = (await leavingMachines(folder)).filter((other) => before.has(other));
            return ahead.length === 0 ? undefined : `${ahead.join(", ")} is replaced first`;
        },
        { limit: turnLimit, interval: 500, onChange: progress },
    );
    return () => rm(file, { force: true });
}

/** The machines whose servers are about to leave; one whose script has died is not. */
async function leavingMachines(folder: string): Promise<string[]> {
    const machines = await entries(folder);
    const alive = await Promise.all(
        machines.map(async (machine) => {
            const text = await readFile(join(folder, machine), "utf8").catch(() => "");
            return text !== "" && isRunning(JSON.parse(text) as ProcessIdentity);
        }),
    );
    return machines.filter((_, index) => alive[index]);
}
