import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isBeingTornDown } from "../machine/teardownMarker.ts";
import { DockerMachineCli, findBinary } from "../machine/dockerMachineCli.ts";
import { EngineApi } from "../docker/engineApi.ts";
import { generationOf } from "../machine/generations.ts";
import { endLeftOver, readRecord, removeRecord } from "../machine/machineRecord.ts";
import { engineOf } from "../machine/machineEngine.ts";
import { describeError, progress } from "../system/progress.ts";
import { declaredMachines } from "../machine/roster.ts";
import type { MachineRequest } from "../protocol/requests.ts";
import { entries, storeLayout } from "../machine/storeLayout.ts";
import { ownerLabel } from "../protocol/labels.ts";

/** Removes a machine that this stack made; succeeds when it is gone already. */
export async function machineDown(request: MachineRequest): Promise<undefined> {
    await removeMachine(request);
    return undefined;
}

/**
 * Removes a machine with its entry in the store.
 *
 * @param clears whether what this stack ran on a host that stays is removed as well. Nothing ran on a
 *     half-made one: what is there is older, and not this machine's to remove.
 * @throws Error when somebody else made it, or when its provider does not remove it.
 */
export async function removeMachine(request: MachineRequest, clears = true): Promise<void> {
    const { store, machine, owner } = request;
    const layout = storeLayout(store);
    const record = await readRecord(store, machine);
    if (record !== undefined && generationOf(record) !== generationOf(request)) {
        // It was given up when the one that is there took its place.
        progress(`${machine} goes on, as its generation ${generationOf(record)}`);
        return;
    }
    await endLeftOver(record);
    if ((await entries(layout.machines)).includes(machine)) {
        if (record?.owner !== owner) {
            progress(`${machine} was made by ${record?.owner ?? "somebody else"}; left alone`);
            return;
        }
        if (clears && (request.hostRemains || (await comesBack(request)))) {
            await clearHost(request);
        }
        await removeEntry(request);
    }
    await removeRecord(store, machine);
}

/** Whether the machine is about to be made anew. Its host may then be the same as before, and a
 * server that found its old data there would come back as the member that has just left. */
async function comesBack({ store, machine, owner }: MachineRequest): Promise<boolean> {
    return !isBeingTornDown(store, owner) && (await declaredMachines(store)).includes(machine);
}

/** Removes a machine's entry in the store, and with drivers that made its host, the host. */
export async function removeEntry({ store, machine, binary }: MachineRequest): Promise<void> {
    const layout = storeLayout(store);
    const cli = new DockerMachineCli(await findBinary(binary), layout.root);
    const { exitCode, tail } = await cli.call(["rm", "-y", machine], { show: true });
    const folder = join(layout.machines, machine);
    const left = await entries(folder);
    if (left.length === 0 || !left.includes("config.json")) {
        // Without its description docker-machine can do nothing for a machine, nor remove it.
        await rm(folder, { recursive: true, force: true });
        return;
    }
    if (exitCode !== 0 || left.length > 0) {
        throw new Error(
            `${machine}: docker-machine did not remove it:\n  ${tail.join("\n  ")}\n` +
                `If the machine is gone at its provider, "docker-machine -s ${layout.root} ` +
                `rm -f ${machine}" forgets it; otherwise that would leave it running, unknown.`,
        );
    }
}

/** Removes this stack's containers and volumes from a host that stays. One that does not answer
 * keeps them: it may be gone for good, and must not hold the rest of the stack. */
async function clearHost({ store, machine, owner }: MachineRequest): Promise<void> {
    try {
        const engine = await engineOf(store, machine);
        await removeOwned(engine, owner);
    } catch (error) {
        progress(`${machine}: what ran on it could not be removed: ${describeError(error)}`);
    }
}

/** The names of the volumes that carry the owner's label. */
export async function ownedVolumes(engine: EngineApi, owner: string): Promise<string[]> {
    const { Volumes } = (await engine.ask(`/volumes?filters=${labelled(owner)}`)) as {
        readonly Volumes: readonly { Name: string }[] | null;
    };
    return (Volumes ?? []).map(({ Name }) => Name);
}

function labelled(owner: string): string {
    return encodeURIComponent(JSON.stringify({ label: [`${ownerLabel}=${owner}`] }));
}

/** Removes every container, then every volume and network, that carries the owner's label. */
export async function removeOwned(engine: EngineApi, owner: string): Promise<void> {
    const filters = labelled(owner);
    const options = { timeout: 5000 };
    const containers = await engine.ask(`/containers/json?all=true&filters=${filters}`, options);
    for (const { Id } of containers as readonly { Id: string }[]) {
        await engine.ask(`/containers/${Id}/stop?t=20`, { method: "POST", timeout: 30_000 });
        await engine.ask(`/containers/${Id}?force=true&v=true`, { method: "DELETE" });
    }
    for (const name of await ownedVolumes(engine, owner)) {
        await engine.ask(`/volumes/${encodeURIComponent(name)}`, { method: "DELETE" });
    }
    const networks = await engine.ask(`/networks?filters=${filters}`);
    for (const { Id } of networks as readonly { readonly Id: string }[]) {
        await engine.ask(`/networks/${Id}`, { method: "DELETE" });
    }
}
