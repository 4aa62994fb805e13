import type {
    ContainerInfo,
    ContainerInspectInfo,
    NetworkInspectInfo,
    VolumeInspectInfo,
} from "dockerode";
import { ownerLabel } from "../protocol/labels.ts";
import { stopContainer } from "./container.ts";
import type { EngineApi } from "./engineApi.ts";

/** What is asked of a container or network. */
interface Found {
    readonly Labels?: Readonly<Record<string, string>> | undefined;
    readonly isRunning: boolean;
}

/** What an engine keeps by name, and Pulumi may not have recorded. */
export type LeftOverKind = "containers" | "networks";

/** Seconds that a program may take to stop before its engine kills it. */
const stopSeconds = 20;

/**
 * Removes a container or network of this name if it carries the owner's label. A container that runs is stopped first.
 *
 * @returns whether it was removed.
 */
export async function removeLeftOver(
    engine: EngineApi,
    kind: LeftOverKind,
    name: string,
    owner: string,
): Promise<boolean> {
    const path = `/${kind}/${encodeURIComponent(name)}`;
    const found: Found =
        kind === "containers"
            ? await engine
                  .ask<ContainerInspectInfo>(`${path}/json`)
                  .then(({ Config, State }) => ({ ...Config, isRunning: State.Running }))
            : { ...(await engine.ask<NetworkInspectInfo>(path)), isRunning: false };
    if (found.Labels?.[ownerLabel] !== owner) {
        return false;
    }
    if (found.isRunning) {
        await stopContainer(engine, name, stopSeconds);
    }
    const query = kind === "containers" ? "?force=true&v=true" : "";
    await engine.ask(path + query, { method: "DELETE", timeout: 60_000 });
    return true;
}

/** The names of the volumes that carry the owner's label. */
export async function ownedVolumes(engine: EngineApi, owner: string): Promise<string[]> {
    const query = `/volumes?filters=${labelled(owner)}`;
    const { Volumes } = await engine.ask<{ readonly Volumes: VolumeInspectInfo[] | null }>(query);
    return (Volumes ?? []).map(({ Name }) => Name);
}

function labelled(owner: string): string {
    return encodeURIComponent(JSON.stringify({ label: [`${ownerLabel}=${owner}`] }));
}

/** Removes every container, then every volume and network, that carries the owner's label. */
export async function removeOwned(engine: EngineApi, owner: string): Promise<void> {
    const filters = labelled(owner);
    const listing = `/containers/json?all=true&filters=${filters}`;
    for (const { Id } of await engine.ask<ContainerInfo[]>(listing, { timeout: 5000 })) {
        await engine.ask(`/containers/${Id}/stop?t=${stopSeconds}`, {
            method: "POST",
            timeout: 30_000,
        });
        await engine.ask(`/containers/${Id}?force=true&v=true`, { method: "DELETE" });
    }
    for (const name of await ownedVolumes(engine, owner)) {
        await engine.ask(`/volumes/${encodeURIComponent(name)}`, { method: "DELETE" });
    }
    for (const { Id } of await engine.ask<NetworkInspectInfo[]>(`/networks?filters=${filters}`)) {
        await engine.ask(`/networks/${Id}`, { method: "DELETE" });
    }
}
