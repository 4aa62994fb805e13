import { ownedVolumes } from "../docker/ownedObjects.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import type { Machine } from "./machine.ts";
import { removeEntry } from "./removeMachine.ts";

/** How an operator says that all servers' hosts hold the data of one and the same cluster. */
export const adoptVariable = "CONSUL_MACHINES_ADOPT_DATA";

/**
 * Refuses a new machine on a host that still has data of this stack's: its machine was removed while
 * it did not respond, or the stack's state was lost. A server that came back with them would be taken
 * for an up-to-date one, and could put an earlier cluster's contents in place of this one's.
 *
 * @throws Error naming what is there; the machine's entry is removed again, the host left as it was found.
 */
export async function refuseEarlierData(
    machine: Machine,
    { owner, binary }: MachineRequest,
): Promise<void> {
    const volumes = await ownedVolumes(await machine.engine(), owner);
    if (volumes.length === 0 || process.env[adoptVariable] === "1") {
        return;
    }
    await removeEntry(machine, binary);
    await machine.removeRecord();
    const names = volumes.join(" ");
    throw new Error(
        `${machine.name}: its host still has data of ${owner} from an earlier machine: ${names}. A ` +
            "server that comes back with them could put an earlier cluster's contents in place of " +
            "this one's, so nothing was started. If they are not needed, remove them there, `docker " +
            `rm --force consul; docker volume rm ${names}\`, and run \`pulumi up\` again. If this ` +
            "stack's state was lost, and all its hosts have the data of one cluster, run it with " +
            `${adoptVariable}=1.`,
    );
}
