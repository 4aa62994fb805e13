import type { ContainerInspectInfo } from "dockerode";
import { startContainer } from "../docker/container.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { Machine } from "../machine/machine.ts";
import { adoptedName, asideName, type AdoptRequest } from "../protocol/adoption.ts";
import { describeError, progress } from "../system/progress.ts";
import {
    createContainer,
    nameOf,
    removeContainer,
    renameContainer,
    twinOf,
} from "./adoptedContainer.ts";
import {
    copyData,
    ensureVolume,
    findVolume,
    isOwned,
    removeVolume,
    volumeLabels,
    type DataPlace,
} from "./adoptedData.ts";

/** What is known of the container that was stopped: the one to adopt, or what an interrupted adoption has made of it. */
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
    const name = nameOf(found);
    const isNamesake = place.volume === volume;
    try {
        const to = isNamesake
            ? await ensureVolume(engine, asideName(volume))
            : await ownVolume(request, engine, name === asideName(container));
        const cli = await Machine.of(request.agent).cli(request.binary);
        await copyData(cli, request.agent.machine, { ...stopped, from: place.path, to });
        if (isNamesake) {
            const volumes = { from: volume, to: asideName(volume) };
            await removeContainer(engine, asideName(container));
            await createContainer(engine, asideName(container), twinOf(found, volumes));
        } else {
            await engine.update(name, { RestartPolicy: { Name: "no" } });
            await becomeAdopted(engine, name, container);
        }
    } catch (error) {
        await startAgain(engine, found, name);
        throw new Error(
            `${nodeName}: its container "${name}" could not be taken over, and was started again: ` +
                describeError(error),
            { cause: error },
        );
    }
    if (isNamesake) {
        await removeContainer(engine, name);
        await bringBack(request, engine);
    }
}

/**
 * Makes the node's own volume, unless it is there.
 *
 * @param isCopied whether the agent's data are on another one: then one of that name that is not the node's is theirs of
 *     before, and goes.
 * @returns its folder on the host.
 */
async function ownVolume(
    { volume, owner, nodeName }: AdoptRequest,
    engine: EngineApi,
    isCopied: boolean,
): Promise<string> {
    const found = await findVolume(engine, volume);
    if (found !== undefined && !isOwned(found, owner)) {
        if (!isCopied) {
            throw new Error(
                `there is another volume "${volume}" that no stack of this program made; nothing foreign is used`,
            );
        }
        await removeVolume(engine, volume);
    }
    return ensureVolume(engine, volume, volumeLabels(owner, nodeName));
}

/** Gives a container the name of one whose data the node has. One to which somebody went back has it already. */
async function becomeAdopted(engine: EngineApi, name: string, container: string): Promise<void> {
    if (name !== adoptedName(container)) {
        await renameContainer(engine, name, adoptedName(container));
    }
}

/**
 * Puts its data onto the node's own volume of the name that its own had: that goes, for no volume can be given another
 * name or label, once its data are on another one, with a container like it. That container must not run.
 *
 * @throws Error that says how to go on, and how to go back.
 */
export async function bringBack(request: AdoptRequest, engine: EngineApi): Promise<void> {
    const { nodeName, container, volume, agent, binary } = request;
    const [staging, aside] = [asideName(volume), asideName(container)];
    try {
        const to = await ownVolume(request, engine, true);
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
