import { dataDirectory } from "../protocol/agentFiles.ts";
import { readContainerFile } from "../docker/containerFile.ts";
import { engineOf } from "../machine/machineEngine.ts";
import type { ContainerRef } from "../protocol/requests.ts";

/** Where an agent keeps its node's id. It makes one when it starts with none, and never again. */
const identityFile = `${dataDirectory}/node-id`;

/**
 * Whether an agent's container found no node id in its data, and made one: whatever anybody says of
 * that id is said of this container. Where the data are of an earlier one, or keep no id, it is not
 * so.
 */
export async function isNewHere({ store, machine, container }: ContainerRef): Promise<boolean> {
    const engine = await engineOf(store, machine);
    const identity = await readContainerFile(engine, container, identityFile);
    if (identity === undefined) {
        return false;
    }
    const path = `/containers/${encodeURIComponent(container)}/json`;
    const { Created } = (await engine.ask(path)) as { readonly Created: string };
    // By one and the same clock.
    return identity.written.getTime() >= Math.floor(Date.parse(Created) / 1000) * 1000;
}
