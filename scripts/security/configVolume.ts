import { dirname } from "node:path/posix";
import {
    execute,
    inspectContainer,
    restartContainer,
    type CommandResult,
} from "../docker/container.ts";
import {
    placeContainerFiles,
    readContainerFile,
    readContainerFiles,
    type ContainerFile,
    type FileRights,
    type PlacedFile,
} from "../docker/containerFile.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { createIdleContainer, removeIdleContainer } from "../docker/idleContainer.ts";
import { Machine } from "../machine/machine.ts";
import { agentUser, configDirectory, dataDirectory, keyringFile } from "../protocol/agentFiles.ts";
import { configLabel, nodeLabel, ownerLabel, writerLabel } from "../protocol/labels.ts";
import type { ContainerRef } from "../protocol/requests.ts";
import type { AgentFilesRequest } from "../protocol/security.ts";
import { property } from "../system/json.ts";
import { describeError } from "../system/progress.ts";

/** A node of a secured cluster whose files are read or written. */
export interface VolumesOwner {
    readonly nodeName: string;
    /** Its agent's container, which may not exist. */
    readonly agent: ContainerRef;
}

/** How a node's volumes are reached where its agent's container does not have them. */
export type VolumesMaker = Pick<AgentFilesRequest, "image" | "owner" | "volumes">;

/** The agent's container, as it was found. */
export interface FoundAgent {
    readonly isRunning: boolean;
    /** Digest of what it was made with; undefined for that of an open cluster. */
    readonly digest: string | undefined;
}

/** Texts of files by their absolute paths in the agent's container. */
export type Texts = Readonly<Record<string, string>>;

/** Permissions of files by their paths. */
export type Modes = Readonly<Record<string, number>>;

/** Every file is for the agent alone, but where an operator says otherwise: most have secrets. */
const fileRights: FileRights = { mode: 0o600, ...agentUser };

const folderRights: FileRights = { mode: 0o700, ...agentUser };

/** The volumes of one node, with its agent's files, as long as a container has them. */
export class NodeVolumes {
    readonly #engine: EngineApi;
    readonly #node: VolumesOwner;
    readonly #container: string;
    /** The agent's container; undefined where there is none. */
    readonly agent: FoundAgent | undefined;
    readonly #isAgents: boolean;

    /** @param writer id of a container that has the volumes. @default the agent's own */
    constructor(
        engine: EngineApi,
        node: VolumesOwner,
        agent: FoundAgent | undefined,
        writer?: string,
    ) {
        this.#engine = engine;
        this.#node = node;
        this.agent = agent;
        this.#container = writer ?? node.agent.container;
        this.#isAgents = writer === undefined;
    }

    /** The files of its configuration, by their paths. */
    configFiles(): Promise<ReadonlyMap<string, ContainerFile>> {
        const read = readContainerFiles(this.#engine, this.#container, configDirectory);
        return this.#saying(`${configDirectory} cannot be read`, read);
    }

    /** One file; undefined where there is none. */
    read(file: string): Promise<ContainerFile | undefined> {
        const read = readContainerFile(this.#engine, this.#container, file);
        return this.#saying(`${file} cannot be read`, read);
    }

    /** Writes files, and the folders that they are in, in this order. */
    async write(texts: Texts, modes: Modes = {}): Promise<void> {
        const files = Object.keys(texts);
        for (const base of this.#isAgents ? [configDirectory, dataDirectory] : ["/"]) {
            const within = files.filter((file) => isBelow(base, file));
            const placed = [
                ...foldersOf(base, within),
                ...within.map((path) => {
                    return { path, text: texts[path] ?? "", ...rightsOf(modes[path]) };
                }),
            ];
            if (within.length > 0) {
                const put = placeContainerFiles(this.#engine, this.#container, base, placed);
                await this.#saying(`${within.join(", ")} cannot be written`, put);
            }
        }
    }

    /** Runs a command in the agent's container, which runs. */
    execute(command: readonly string[]): Promise<CommandResult> {
        const { container } = this.#node.agent;
        const run = execute(this.#engine, container, command);
        return this.#saying(`\`${command.join(" ")}\` cannot be run`, run);
    }

    /** Restarts the agent's container. */
    restartAgent(stopSeconds: number): Promise<void> {
        const { container } = this.#node.agent;
        const restarted = restartContainer(this.#engine, container, stopSeconds);
        return this.#saying(`${container} cannot be restarted`, restarted);
    }

    #saying<T>(problem: string, work: Promise<T>): Promise<T> {
        return saying(this.#node, problem, work);
    }
}

/** Names node and machine in the error of a request to the machine's engine. */
async function saying<T>(
    { nodeName, agent }: VolumesOwner,
    problem: string,
    work: Promise<T>,
): Promise<T> {
    try {
        return await work;
    } catch (error) {
        throw new Error(
            `${nodeName}: on the machine "${agent.machine}" ${problem}: ${describeError(error)}`,
            { cause: error },
        );
    }
}

/** Whether a file is as it is to be, with the rights that it is to have. */
export function isWritten(
    found: ContainerFile | undefined,
    text: string,
    stated?: number,
): boolean {
    const { mode, uid, gid } = rightsOf(stated);
    return found?.text === text && found.mode === mode && found.uid === uid && found.gid === gid;
}

/**
 * Reads and writes files on a node's volumes: through its agent's container, whether it runs or not, and where there is
 * none that has them, through one that is made for it from the agents' image.
 *
 * @param maker how to make that one. @default nothing is done without the agent's own
 * @returns what the work returns; undefined where no container has the volumes, or its machine is yet to be made.
 * @throws Error that names node and machine.
 */
export async function withVolumes<T>(
    node: VolumesOwner,
    maker: VolumesMaker | undefined,
    work: (volumes: NodeVolumes) => Promise<T>,
): Promise<T | undefined> {
    // One that joins while the others are told of something is given it by the Command of its own files.
    if (maker === undefined && (await Machine.of(node.agent).isToCome())) {
        return undefined;
    }
    const { engine, agent, configVolume } = await saying(
        node,
        `the agent's container "${node.agent.container}" cannot be looked for`,
        findAgent(node.agent),
    );
    if (
        configVolume !== undefined &&
        (maker === undefined || maker.volumes.config === configVolume)
    ) {
        return work(new NodeVolumes(engine, node, agent));
    }
    if (maker === undefined) {
        return undefined;
    }
    const { image, owner, volumes } = maker;
    const made = createIdleContainer(engine, {
        image,
        volumes: { [configDirectory]: volumes.config, [dataDirectory]: volumes.data },
        labels: { [ownerLabel]: owner, [nodeLabel]: node.nodeName, [writerLabel]: "files" },
    });
    const id = await saying(node, `no container of the image ${image} can be made`, made);
    const remove = () => removeIdleContainer(engine, id);
    let result: T;
    try {
        result = await work(new NodeVolumes(engine, node, agent, id));
    } catch (error) {
        // What is left of it, the next run removes.
        await remove().catch(() => undefined);
        throw error;
    }
    await saying(node, `the container ${id}, made to write files, cannot be removed`, remove());
    return result;
}

async function findAgent(ref: ContainerRef) {
    const engine = await Machine.of(ref).engine();
    const container = await inspectContainer(engine, ref.container);
    const mounted = new Map(container?.Mounts.map(({ Destination, Name }) => [Destination, Name]));
    const label = property(container?.Config.Labels, configLabel);
    const agent = container && {
        // One that its engine starts again and again reads its files with the next start.
        isRunning: container.State.Running && !container.State.Restarting,
        digest: typeof label === "string" ? label : undefined,
    };
    return { engine, agent, configVolume: mounted.get(configDirectory) };
}

function isBelow(base: string, file: string): boolean {
    return file.startsWith(base === "/" ? base : `${base}/`);
}

function rightsOf(mode = fileRights.mode): FileRights {
    return { ...fileRights, mode };
}

/** The folders of ours that these files are in, but for the base itself: the outer ones first. */
function foldersOf(base: string, files: readonly string[]): PlacedFile[] {
    const folders = new Set(files.flatMap((file) => foldersAbove(file, rootOf(file))));
    return [...folders]
        .filter((folder) => isBelow(base, folder))
        .map((path) => ({
            path,
            ...folderRights,
            // Consul's own mode for it, and the image's.
            ...(path === dataDirectory ? { mode: 0o755 } : {}),
        }));
}

function foldersAbove(file: string, root: string): string[] {
    const folder = dirname(file);
    return folder === root ? [root] : [...foldersAbove(folder, root), folder];
}

/** Mount point of the volume that a file is on. */
function rootOf(file: string): string {
    return file === keyringFile ? dataDirectory : configDirectory;
}
