import type { ContainerInfo } from "dockerode";
import type { EngineApi } from "../docker/engineApi.ts";
import { labLabel, ownerLabel } from "../protocol/labels.ts";

/** A container that plays a machine. */
export interface LabMachineContainer {
    readonly name: string;
    /** Whether it can be started: it was stopped, or never ran. */
    readonly isStopped: boolean;
    /** Starts it; its Docker Engine answers some seconds later. */
    readonly start: () => Promise<void>;
}

const stoppedStates = new Set(["created", "exited"]);

/**
 * The lab machines of a stack, those that are stopped included.
 *
 * @param engine the lab's.
 * @param owner the stack, `project/stack`.
 */
export async function labMachines(
    engine: EngineApi,
    owner: string,
): Promise<readonly LabMachineContainer[]> {
    const filters = { label: [`${ownerLabel}=${owner}`, `${labLabel}=machine`] };
    const query = `all=true&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    const containers = await engine.ask<readonly ContainerInfo[]>(`/containers/json?${query}`);
    return containers.map(({ Id, Names, State }) => ({
        name: (Names[0] ?? "").replace(/^\//, ""),
        isStopped: stoppedStates.has(State),
        start: async () => {
            await engine.text(`/containers/${Id}/start`, { method: "POST" });
        },
    }));
}
