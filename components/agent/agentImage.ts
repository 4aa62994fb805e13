import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ImageRequest } from "../../scripts/protocol/requests.ts";
import { goesWith, type DockerMachine } from "../machine/dockerMachine.ts";
import type { MachineStore } from "../machine/machineStore.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";

/** The image used where none is named: Consul's own, at a version that is tried with this code. */
export const defaultImage = "hashicorp/consul:1.22.2";

/** An image that each machine pulls from a registry. */
export interface PulledImage {
    readonly kind: "pulled";
    /** The reference, with a tag: a tag that never moves, for a moved one is not noticed. */
    readonly reference: string;
}

/** An image in an archive, loaded onto each machine, for machines that reach no registry. */
export interface ArchivedImage {
    readonly kind: "archive";
    /** The archive, relative to the project. */
    readonly archive: string;
    /** The tag that the archive gives its image. */
    readonly source: string;
    /** The tag under which machines keep it, made from its content: {@link archiveReference}. */
    readonly reference: string;
}

/** Where a node's image comes from. */
export type AgentImage = PulledImage | ArchivedImage;

/** The tag of an archived image on the machines: another content is another tag, so a changed
 * archive replaces containers and an unchanged one never does. */
export function archiveReference(imageId: string): string {
    return `consul-machines/agent:${imageId.replace(/^sha256:/, "").slice(0, 16)}`;
}

/** Where one machine's copy of an image goes. */
export interface MachineImageArgs {
    readonly image: AgentImage;
    readonly machine: DockerMachine;
    readonly store: MachineStore;
    /** Provider of the machine's engine, for an image that is pulled. */
    readonly provider: docker.Provider;
}

/** Declares the image on one machine; the container waits for it. */
export function imageOnMachine(
    name: string,
    { image, machine, store, provider }: MachineImageArgs,
    parent: pulumi.Resource,
): pulumi.Resource {
    const bound = goesWith(machine.command);
    if (image.kind === "pulled") {
        return new docker.RemoteImage(
            name,
            // Kept when the reference changes: the old container still runs on it, and on destroy
            // it goes with its machine.
            { name: image.reference, keepLocally: true },
            { parent, provider, ...bound },
        );
    }
    const request: ImageRequest = {
        store: store.path,
        machine: machine.machineName,
        archive: image.archive,
        source: image.source,
        reference: image.reference,
    };
    return scriptCommand(
        name,
        { up: "image load", request },
        { parent, dependsOn: [machine.command], ...bound },
    );
}
