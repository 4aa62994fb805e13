import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Placement } from "../machine/placement.ts";

/** What a node's volume is made of. */
export interface NodeVolumeArgs extends Pick<
    docker.VolumeArgs,
    "labels" | "driver" | "driverOpts"
> {
    /** Its name on the machine. */
    readonly name: string;
    readonly hooks: pulumi.ResourceHookBinding;
    /** What of it stays as it was made. @default nothing */
    readonly ignoreChanges?: string[];
    /** What it is made after. @default its machine alone */
    readonly dependsOn?: readonly pulumi.Resource[];
}

/**
 * Declares a volume of a node. Its name goes through the machine's id: by this edge the engine deletes it behind the
 * container when the machine is replaced. `replaceWith` gives no such order, and a volume in use cannot be deleted.
 */
export function declareVolume(
    name: string,
    { name: volumeName, hooks, dependsOn = [], ignoreChanges = [], ...args }: NodeVolumeArgs,
    { machine: { command }, provider }: Placement,
    parent: pulumi.Resource,
): docker.Volume {
    return new docker.Volume(
        name,
        { name: command.id.apply(() => volumeName), ...args },
        {
            parent,
            provider,
            dependsOn: [...dependsOn],
            deletedWith: command,
            deleteBeforeReplace: true,
            ignoreChanges,
            hooks,
        },
    );
}
