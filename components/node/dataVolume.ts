import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DataRequest } from "../../scripts/protocol/requests.ts";
import type { Placement } from "../machine/placement.ts";
import { runScript } from "../pulumi/runScript.ts";
import type { ContainerSettings } from "./containerSettings.ts";
import type { NodeVolumeArgs } from "./nodeVolume.ts";

/** The node whose data they are. */
interface DataOwner {
    readonly nodeName: string;
    readonly placement: Placement;
    readonly settings: ContainerSettings | undefined;
}

/**
 * What the volume of a node's data is made of, besides its name.
 *
 * Data in a folder of the machine are on a volume as well, one that Docker mounts from there: all that reads, owns and
 * removes a node's volumes is the same, and removing it leaves the folder. The folder is made by a hook, once, before the
 * volume is.
 *
 * @param name of the node's resources: the beginning of the hook's name, which is unique in a program.
 */
export function dataVolume(
    name: string,
    { nodeName, placement, settings }: DataOwner,
): Pick<NodeVolumeArgs, "driver" | "driverOpts" | "hooks" | "ignoreChanges"> {
    const place = settings?.data;
    // Another volume would be an empty one, and the one before be gone with the data.
    const kept = { ignoreChanges: ["driver", "driverOpts"] };
    if (place === undefined) {
        return { ...kept, hooks: {} };
    }
    if ("volumeDriver" in place) {
        const { volumeDriver: driver, volumeOptions } = place;
        const options = volumeOptions === undefined ? {} : { driverOpts: volumeOptions };
        return { ...kept, driver, ...options, hooks: {} };
    }
    const { machine, volumeName } = placement;
    const folder = dataFolder(place.hostPath, volumeName);
    const request: DataRequest = {
        store: machine.store.path,
        machine: machine.machineName,
        binary: machine.store.dockerMachine,
        owner: machine.store.owner,
        nodeName,
        volume: volumeName,
        folder,
    };
    const prepare = new pulumi.ResourceHook(`${name}-data-folder`, async () => {
        await runScript("data prepare", request);
    });
    return { ...kept, ...mountedFrom(folder), hooks: { beforeCreate: [prepare] } };
}

/** The folder of a volume's data in one for the data of a machine. */
export function dataFolder(hostPath: string, volumeName: string): string {
    return `${hostPath}/${volumeName}`;
}

/** The driver and options of a volume that is a folder of its machine. */
function mountedFrom(folder: string): Pick<docker.VolumeArgs, "driver" | "driverOpts"> {
    return { driver: "local", driverOpts: { type: "none", o: "bind", device: folder } };
}
