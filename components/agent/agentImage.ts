/** The image used where none is named: Consul's own, at a version that is tried with this code. */
export const defaultImage = "hashicorp/consul:1.22.2";

/** An image that each machine pulls from a registry. */
export interface PulledImage {
    readonly kind: "pulled";
    /** The reference, with a tag that never moves: a moved one is not noticed. */
    readonly reference: string;
}

/** An image in an archive, loaded onto each machine: for machines that reach no registry. */
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
