import type { ContainerInspectInfo } from "dockerode";
import { startContainer } from "../docker/container.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { Machine } from "../machine/machine.ts";
import { adoptedName, asideName, type AdoptRequest } from "../protocol/adoption.ts";
import { describeError, progress } from "../system/progress.ts";
import { createContainer, removeContainer, renameContainer, twinOf } from "./adoptedContainer.ts";
import {
    copyData,
    ensureVolume,
    findVolume,
    isOwned,
    removeVolume,
    volumeLabels,
    type DataPlace,
} from "./adoptedData.ts";

/** What is known of the container that was stopped. */
export interface Stopped {
    readonly found: ContainerInspectInfo;
    readonly place: DataPlace;
    readonly nodeId: string;
}

/**
 * Takes over a stopped agent's data, and sets its container aside.
 *
 * @throws Error where that fails; the container was started again, unless the message says how it is.
 */
export async function setAside(
    request: AdoptRequest,
    engine: EngineApi,
    stopped: Stopped,
): Promise<void> {
    const { nodeName, container, volume } = request;
    const { found, place } = stopped;
    const isNamesake = place.volume === volume;
    try {
        const to = await targetOf(request, engine, isNamesake);
        const cli = await Machine.of(request.agent).cli(request.binary);
        await copyData(cli, request.agent.machine, { ...stopped, from: place.path, to });
        if (isNamesake) {
            const volumes = { from: volume, to: asideName(volume) };
            await removeContainer(engine, asideName(container));
            await createContainer(engine, asideName(container), twinOf(found, volumes));
        } else {
            await engine.update(container, { RestartPolicy: { Name: "no" } });
            await renameContainer(engine, container, adoptedName(container));
        }
    } catch (error) {
        await startAgain(engine, found, container);
        throw new Error(
            `${nodeName}: its container "${container}" could not be taken over, and was started again: ` +
                describeError(error),
            { cause: error },
        );
    }
    if (isNamesake) {
        await removeContainer(engine, container);
        await bringBack(request, engine);
    }
}

/** The folder on the host into which its data are copied first. */
async function targetOf(
    { volume, owner, nodeName }: AdoptRequest,
    engine: EngineApi,
    isNamesake: boolean,
): Promise<string> {
    if (isNamesake) {
        return ensureVolume(engine, asideName(volume));
    }
    const found = await findVolume(engine, volume);
    if (found !== undefined && !isOwned(found, owner)) {
        throw new Error(
            `there is another volume "${volume}" that no stack of this program made; nothing foreign is used`,
        );
    }
    return ensureVolume(engine, volume, volumeLabels(owner, nodeName));
}

/**
 * Puts its data onto the node's own volume of the name that its own had: that goes, for no volume can be given another
 * name or label, once its data are on another one, with a container like it.
 *
 * @throws Error that says how to go on, and how to go back.
 */
export async function bringBack(request: AdoptRequest, engine: EngineApi): Promise<void> {
    const { nodeName, container, volume, owner, agent, binary } = request;
    const [staging, aside] = [asideName(volume), asideName(container)];
    try {
        const before = await findVolume(engine, volume);
        if (before !== undefined && !isOwned(before, owner)) {
            await removeVolume(engine, volume);
        }
        const to = await ensureVolume(engine, volume, volumeLabels(owner, nodeName));
        const from = await ensureVolume(engine, staging);
        await copyData(await Machine.of(agent).cli(binary), agent.machine, { from, to });
        await renameContainer(engine, aside, adoptedName(container));
    } catch (error) {
        throw new Error(
            `${nodeName}: its data are on the volume "${staging}", and not yet on its own: ${describeError(error)}. Run ` +
                `\`pulumi up\` again; or have it as before: \`docker start ${aside}\` on its machine.`,
            { cause: error },
        );
    }
}

async function startAgain(
    engine: EngineApi,
    { HostConfig }: ContainerInspectInfo,
    container: string,
): Promise<void> {
    const restore = async () => {
        await engine.update(container, { RestartPolicy: HostConfig.RestartPolicy });
        await startContainer(engine, container);
    };
    await restore().catch((error: unknown) => {
        progress(`${container}: it does not start again by itself: ${describeError(error)}`);
    });
}
