import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Placement } from "../machine/placement.ts";
import { labelList } from "./agentContainer.ts";
import { dataVolume } from "./dataVolume.ts";
import type { FilesAgain } from "./filesAgain.ts";
import type { NodeAdoption } from "./nodeAdoption.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";
import { declareVolume, type NodeVolumeArgs } from "./nodeVolume.ts";

/** The node whose volumes they are. */
export interface VolumesNode {
    readonly args: NodeAgentArgs;
    readonly placement: Placement;
    /** What tells whose they are. */
    readonly labels: Readonly<Record<string, string>>;
    readonly again: FilesAgain | undefined;
    readonly adoption: NodeAdoption | undefined;
}

/** Declares the volumes of a node: of its data, and in a secured cluster of its configuration. */
export function declareVolumes(
    name: string,
    { args, placement, labels, again, adoption }: VolumesNode,
    parent: pulumi.Resource,
): docker.Volume[] {
    const { image, volumeName, configVolumeName } = placement;
    const { nodeName, startAfter = [], agent, secured } = args;
    const volume = (suffix: string, its: string, more: Partial<NodeVolumeArgs> = {}) => {
        const hooks = { ...again?.ofVolumes, ...more.hooks };
        const all = { ...more, name: its, labels: labelList(labels), hooks };
        return declareVolume(`${name}-${suffix}`, all, placement, parent);
    };
    // What is adopted is stopped for its data: not before it is this node's turn, and all else is there.
    const dependsOn = [...startAfter, image];
    const adopting = adoption && { hooks: adoption.ofVolume, dependsOn };
    const data = dataVolume(name, { nodeName, placement, settings: agent.container });
    return [
        volume("data", volumeName, { ...data, ...adopting }),
        ...(secured === undefined ? [] : [volume("config", configVolumeName)]),
    ];
}
