import type { ContainerInfo } from "dockerode";
import type { EngineApi } from "./engineApi.ts";

/** What a container that is never started is made of. */
export interface IdleContainer {
    readonly image: string;
    /** Paths in it, and the volumes that are there. */
    readonly volumes: Readonly<Record<string, string>>;
    /** By these it is found after an interruption: no other container may have them all. */
    readonly labels: Readonly<Record<string, string>>;
}

/**
 * Makes a container that is never started, through which the engine reads and writes files on volumes. One that an
 * interrupted run left behind is removed first.
 *
 * @returns its id; who made it removes it.
 */
export async function createIdleContainer(
    engine: EngineApi,
    { image, volumes, labels }: IdleContainer,
): Promise<string> {
    await removeLabelled(engine, labels);
    const { Id } = await engine.ask<{ readonly Id: string }>("/containers/create", {
        method: "POST",
        json: {
            Image: image,
            Labels: labels,
            // Never run; an engine takes no container without a command, and an image may have none.
            Cmd: ["none"],
            HostConfig: {
                NetworkMode: "none",
                Mounts: Object.entries(volumes).map(([Target, Source]) => {
                    return { Type: "volume", Source, Target };
                }),
            },
        },
        // Where a volume is new, the engine copies what the image has there.
        timeout: 60_000,
    });
    return Id;
}

/** Removes every container that has all of these labels: what an interrupted run left behind. */
export async function removeLabelled(
    engine: EngineApi,
    labels: Readonly<Record<string, string>>,
): Promise<void> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const filters = encodeURIComponent(JSON.stringify({ label }));
    const path = `/containers/json?all=true&filters=${filters}`;
    for (const { Id } of await engine.ask<readonly ContainerInfo[]>(path)) {
        await removeIdleContainer(engine, Id);
    }
}

/** Removes a container with the unnamed volumes that its image asks for; named ones stay. */
export async function removeIdleContainer(engine: EngineApi, id: string): Promise<void> {
    await engine.text(`/containers/${id}?force=true&v=true`, { method: "DELETE", timeout: 60_000 });
}
