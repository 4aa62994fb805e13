import type { ContainerInspectInfo, VolumeInspectInfo } from "dockerode";
import type { EngineApi } from "../docker/engineApi.ts";
import type { DockerMachineCli } from "../machine/dockerMachineCli.ts";
import { nodeLabel, ownerLabel } from "../protocol/labels.ts";
import { property } from "../system/json.ts";

/** Milliseconds for data to be copied on a host: gigabytes take minutes. */
const copyTimeoutMs = 30 * 60_000;

/** Where a container's data are on its host. */
export interface DataPlace {
    /** The folder. */
    readonly path: string;
    /** The volume that it is in; undefined for a folder of the host. */
    readonly volume: string | undefined;
}

/** Where a folder of a container is on its host; undefined where it is in the container itself. */
export function dataPlace(
    { Mounts }: Pick<ContainerInspectInfo, "Mounts">,
    folder: string,
): DataPlace | undefined {
    const holds = (mounted: string) => folder === mounted || folder.startsWith(`${mounted}/`);
    // What is in memory alone does not outlast a stop.
    const lasting = Mounts.filter(({ Type }) => Type === "volume" || Type === "bind");
    const [mount] = lasting
        .filter(({ Destination }) => holds(Destination))
        .sort((one, other) => other.Destination.length - one.Destination.length);
    if (mount === undefined) {
        return undefined;
    }
    const { Type, Name, Source, Destination } = mount;
    const path = `${Source}${folder.slice(Destination.length)}`;
    return { path, volume: Type === "volume" ? Name : undefined };
}

/** What is known of a volume; undefined where there is none of this name. */
export function findVolume(
    engine: EngineApi,
    name: string,
): Promise<VolumeInspectInfo | undefined> {
    return engine.find<VolumeInspectInfo>(`/volumes/${encodeURIComponent(name)}`);
}

/** Whether a volume bears the owner's label. */
export function isOwned({ Labels }: VolumeInspectInfo, owner: string): boolean {
    return property(Labels, ownerLabel) === owner;
}

/** Makes a volume, unless it is there. @returns its folder on the host. */
export async function ensureVolume(
    engine: EngineApi,
    Name: string,
    labels: Readonly<Record<string, string>> = {},
): Promise<string> {
    const made = await engine.ask<VolumeInspectInfo>("/volumes/create", {
        method: "POST",
        json: { Name, Labels: labels },
    });
    return made.Mountpoint;
}

/** The labels of a node's own volume, as the stack declares it. */
export function volumeLabels(owner: string, nodeName: string): Readonly<Record<string, string>> {
    return { [ownerLabel]: owner, [nodeLabel]: nodeName };
}

export async function removeVolume(engine: EngineApi, name: string): Promise<void> {
    await engine.text(`/volumes/${encodeURIComponent(name)}`, { method: "DELETE" });
}

/**
 * Copies an agent's data on its host, whoever owns them, by the host's own program: an image may have none for it. What
 * an interrupted copy has left is removed first. What is copied stays as it is.
 *
 * @param nodeId written into the copy where the data do not have it, as where it was given as an argument.
 */
export async function copyData(
    cli: DockerMachineCli,
    machine: string,
    { from, to, nodeId }: Readonly<Record<"from" | "to", string>> & { readonly nodeId?: string },
): Promise<void> {
    await cli.must(["ssh", machine, copyCommand(from, to, nodeId)], { timeoutMs: copyTimeoutMs });
}

/** @throws Error for a path that a shell might read as something else. */
export function assertPlainPath(path: string): void {
    if (!/^\/[\w./@:+-]+$/.test(path)) {
        throw new Error(`its data are in "${path}", a path with unusual characters`);
    }
}

/**
 * What does so, in one command of a shell. It fails where anything was not copied.
 *
 * @throws Error for a path that a shell might read as something else.
 */
export function copyCommand(from: string, to: string, nodeId?: string): string {
    assertPlainPath(from);
    assertPlainPath(to);
    const id = nodeId !== undefined && /^[0-9a-f-]{36}$/.test(nodeId) ? nodeId : undefined;
    return `sudo sh -c '${[
        "set -e",
        `test -d ${from}/raft || test -d ${from}/serf`,
        `find ${to} -mindepth 1 -delete`,
        `cp -a ${from}/. ${to}/`,
        id === undefined ? `test -s ${to}/node-id` : `printf %s ${id} >${to}/node-id`,
        "sync",
    ].join("; ")}'`;
}
