import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterHealth } from "../consul/answers.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { hasFormed } from "../consul/leadership.ts";
import { askForGuard, isOverridden, overrideVariable } from "../consul/quorum.ts";
import { Store } from "../machine/store.ts";
import type { MembershipRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";
import { describeProcess, isRunning, parseIdentity } from "../system/processIdentity.ts";
import { describeError, progress, sleep } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";

/** Milliseconds for the servers replaced before this one to be back: a cloud machine takes minutes. */
const othersLimit = 20 * 60_000;

/** Milliseconds for all that are replaced in one run to announce it: Pulumi begins them at once, in no order. */
const gatherTime = 5_000;

/** Milliseconds to wait for one's turn; the machines of a large cloud cluster take minutes each. */
const turnLimit = 110 * 60_000;

/** Whether this is a server that comes back, empty; without the others all data would be lost. */
export async function isReplaced({ role, agent }: MembershipRequest): Promise<boolean> {
    const declared = await new Store(agent.store).declaredMachines();
    return role === "server" && declared.includes(agent.machine);
}

/**
 * Waits until the other servers have the data, so that this one may be replaced.
 *
 * @param own asks this server.
 * @param contact asks another one that knows a leader; undefined where none answers.
 * @throws Error when only this server has the data, or may have, or the others do not come back; never where
 *     the operator overrides the guard.
 */
export async function guardReplacement(
    { nodeName, servers }: MembershipRequest,
    own: ConsulClient,
    contact: ConsulClient | undefined,
): Promise<void> {
    if (isOverridden()) {
        return;
    }
    const wayOut = `or, if its data may be lost, run this with ${overrideVariable}=1.`;
    if (contact === undefined) {
        if (await askForGuard(nodeName, hasFormed([own], false), false)) {
            throw new Error(
                `${nodeName}: its machine is to be replaced, but no other server answers, so the ` +
                    "cluster's data would go with it. Nothing was touched. Bring the other " +
                    `servers back first, or add some; ${wayOut}`,
            );
        }
        return;
    }
    const declared = Object.keys(servers).length + 1;
    const missing = async () => replacementProblem(await contact.health(), nodeName, declared);
    try {
        await waitFor(missing, { limit: othersLimit, interval: 1000, onChange: progress });
    } catch (error) {
        throw new Error(
            `${nodeName}: its machine is not replaced ${describeError(error)}. Nothing of it was ` +
                `touched. Bring the other servers back first; ${wayOut}`,
            { cause: error },
        );
    }
}

/**
 * What is missing before this server may leave and be recreated, empty; undefined once nothing is.
 *
 * The others must be a quorum of all declared servers, not of the remaining ones: of three replaced
 * side by side the last one would take the data with it.
 *
 * @param declared number of servers that the cluster is to have, this one included.
 */
export function replacementProblem(
    { Servers }: ClusterHealth,
    nodeName: string,
    declared: number,
): Missing {
    const healthy = Servers.filter(
        ({ Name, Voter, Healthy }) => Voter && Healthy && Name !== nodeName,
    ).length;
    // Two never tolerate a failure; then the other one must be there, with the data.
    const needed = declared === 2 ? 1 : Math.floor(declared / 2) + 1;
    return healthy >= needed
        ? undefined
        : `${healthy} of ${declared - 1} other servers are healthy voters, ${needed} are needed`;
}

/**
 * Waits until every server that is declared before this one and is being replaced as well has left.
 *
 * A new server starts only after those declared before it. One that left ahead of them could not be
 * back before they are, and they would wait for it before they leave.
 *
 * @returns what ends this one's turn.
 */
export async function takeTurn({ agent }: MembershipRequest): Promise<() => Promise<void>> {
    const { machine } = agent;
    const store = new Store(agent.store);
    const folder = store.layout.leaving;
    await mkdir(folder, { recursive: true });
    const file = join(folder, machine);
    await writeFile(file, JSON.stringify(await describeProcess(process.pid)));
    await sleep(gatherTime);
    const machines = await store.declaredMachines();
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

/** The machines whose servers are about to leave; not those whose script has died. */
async function leavingMachines(folder: string): Promise<string[]> {
    const machines = await entries(folder);
    const leaving = await Promise.all(
        machines.map(async (machine) => {
            const text = await readFile(join(folder, machine), "utf8").catch(() => "");
            const script = parseIdentity(text);
            return script !== undefined && isRunning(script);
        }),
    );
    return machines.filter((_, index) => leaving[index]);
}
