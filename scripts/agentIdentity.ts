import { extract } from "tar-stream";
import { dataDirectory } from "../components/agentCommand.ts";
import type { EngineApi } from "./engineApi.ts";
import { engineOf } from "./machineEngine.ts";
import type { LogSource } from "./requests.ts";

/** Where an agent keeps its node's id. It makes one when it starts with none, and never again. */
const identityFile = `${dataDirectory}/node-id`;

/**
 * Whether an agent's container found no node id in its data, and made one: whatever anybody says of
 * that id is said of this container. Where the data are of an earlier one, or keep no id, it is not
 * so.
 */
export async function isNewHere({ store, machine, container }: LogSource): Promise<boolean> {
    const engine = await engineOf(store, machine);
    const written = await writtenAt(engine, container);
    if (written === undefined) {
        return false;
    }
    const path = `/containers/${encodeURIComponent(container)}/json`;
    const { Created } = (await engine.ask(path)) as { readonly Created: string };
    // By one and the same clock; an archive tells times in whole seconds.
    return written >= Math.floor(Date.parse(Created) / 1000) * 1000;
}

/** When a container's node id was written, in milliseconds. */
async function writtenAt(engine: EngineApi, container: string): Promise<number | undefined> {
    const archive = await engine.archive(container, identityFile);
    if (archive === undefined) {
        return undefined;
    }
    const parts = extract();
    parts.end(archive);
    let time: number | undefined;
    for await (const part of parts) {
        time = part.header.mtime.getTime();
        part.resume();
    }
    return time;
}
