import { servedCertificate } from "../machine/certificates.ts";
import { keptIn } from "../machine/keptFiles.ts";
import { layStore } from "../machine/layStore.ts";
import { forgetVariable, removeMachine } from "../machine/removeMachine.ts";
import { generationOf } from "../machine/machineRecord.ts";
import { wasRemoved } from "../machine/removedMachines.ts";
import { Store } from "../machine/store.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";
import { describeError, progress } from "../system/progress.ts";

/** Milliseconds that an engine may take to show its certificate. */
const timeoutMs = 3000;

/**
 * Removes a machine, from whichever computer: where the store is not here, with what the state keeps of the machine.
 *
 * @param before the answer of its Command, where Pulumi hands it on.
 * @throws Error when it cannot be removed, or nothing is known of it here and it may still run.
 */
export async function machineDown(
    request: MachineRequest,
    before = process.env.PULUMI_COMMAND_STDOUT,
): Promise<undefined> {
    const store = new Store(request.store);
    const laid = await layStore(store, keptIn(before));
    if (laid.length > 0) {
        progress(`${request.machine}: what is needed to remove it was taken from the state`);
    }
    if (!(await isKnown(store, request)) && process.env[forgetVariable] !== "1") {
        throw new Error(await unknownMachine(request));
    }
    await removeMachine(request);
}

/**
 * Whether it can be told from here what became of a machine. It is gone where its store is here and has no entry of it;
 * where the store is missing as well, the machine may run, for all that is known. A host that the stack itself declares
 * is removed by its own resource.
 */
async function isKnown(store: Store, request: MachineRequest): Promise<boolean> {
    const machine = store.machine(request.machine);
    return (
        (await machine.exists()) ||
        (await machine.record()) !== undefined ||
        (await entries(store.layout.certs)).length > 0 ||
        (await wasRemoved(store, machine.name, generationOf(request))) ||
        (request.driver === "generic" && !request.hostRemains)
    );
}

/** What is left where, and the ways out. */
async function unknownMachine({ machine, store, owner, driver, flags }: MachineRequest) {
    const option = (name: string) =>
        flags.find((flag) => flag.startsWith(`--generic-${name}=`))?.replace(/^[^=]*=/, "");
    const host = driver === "generic" ? option("ip-address") : undefined;
    const seen =
        host === undefined
            ? `A machine of the driver "${driver}" would go on running, and cost what it costs`
            : await engineSeen(host, Number(option("engine-port") ?? 2376));
    return (
        `${machine}: docker-machine's store ${store} is not in this folder, and neither is what it takes to ` +
        `remove this machine of ${owner}. ${seen}; nothing was removed. Run \`pulumi preview\` first, which lays the ` +
        "store down from the stack's state where the state keeps it; or copy the folder from where the stack was " +
        `brought up (docs/team.md). If the machine is gone for good, run this with ${forgetVariable}=1.`
    );
}

async function engineSeen(host: string, port: number): Promise<string> {
    const endpoint = `tcp://${host}:${port}`;
    try {
        await servedCertificate({ host, port }, timeoutMs);
        return `An engine answers at ${endpoint}, where the containers and volumes of this stack are`;
    } catch (error) {
        return `Whether its host still has containers and volumes is not to be seen from here: ${endpoint}: ${describeError(error)}`;
    }
}
