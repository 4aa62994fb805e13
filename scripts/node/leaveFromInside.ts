import { engineOf } from "../machine/machineEngine.ts";
import type { ContainerRef } from "../protocol/requests.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for an agent to have left and ended: Consul gives itself fifteen seconds. */
const leaveLimit = 30_000;

/** Has its engine not start a container again. */
export async function keepStopped({ store, machine, container }: ContainerRef): Promise<void> {
    const engine = await engineOf(store, machine);
    await engine.update(container, { RestartPolicy: { Name: "no" } });
}

/** Runs `consul leave` in the agent's own container, and waits until that has ended; an agent that
 * has left would be started again, to join again. */
export async function leaveFromInside(source: ContainerRef): Promise<void> {
    await keepStopped(source);
    const engine = await engineOf(source.store, source.machine);
    const path = `/containers/${encodeURIComponent(source.container)}`;
    const post = (where: string, json: object) => engine.ask(where, { method: "POST", json });
    const { Id } = (await post(`${path}/exec`, { Cmd: ["consul", "leave"] })) as {
        readonly Id: string;
    };
    await post(`/exec/${Id}/start`, { Detach: true });
    const hasEnded = async () => {
        const { State } = (await engine.ask(`${path}/json`)) as {
            readonly State: { readonly Running: boolean };
        };
        return State.Running ? "its container still runs" : undefined;
    };
    await waitFor(hasEnded, { limit: leaveLimit, interval: 500 });
}
