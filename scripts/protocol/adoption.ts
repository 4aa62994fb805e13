import type { ContainerRef, NodeRequest, SnapshotPlace } from "./requests.ts";

/** An agent's container that somebody has made by hand, and that a node of ours takes the place of. */
export interface Adoption {
    /** Its name on the host. */
    readonly container: string;
}

/** An agent that is adopted, and its cluster. */
export interface AdoptedAgent extends Adoption, Pick<NodeRequest, "nodeName" | "httpAddress"> {
    readonly role: "server" | "client";
    /** HTTP addresses of the other servers, by name. */
    readonly servers: Readonly<Record<string, string>>;
}

/**
 * A node that is about to get its container, in the place of one that is adopted. It is handed to its script by a hook,
 * and is in no state.
 */
export interface AdoptRequest extends AdoptedAgent, Pick<NodeRequest, "access"> {
    readonly datacenter: string;
    /** The address that the node advertises. */
    readonly address: string;
    /** Where our container will be. */
    readonly agent: ContainerRef;
    /** Name of the node's own volume. */
    readonly volume: string;
    /** Owner of the stack, `project/stack`. */
    readonly owner: string;
    /** The docker-machine binary, by which its host is reached: as in `StoreRequest`. */
    readonly binary?: string | undefined;
    /** Where a snapshot is taken before a server is stopped. @default none is taken */
    readonly snapshots?: SnapshotPlace | undefined;
}

/** Name that an adopted container has while its data are being copied; by it the run that comes next goes on. */
export function asideName(container: string): string {
    return `${container}-before-adoption`;
}

/** Name that it has once our node has all of its data, until the node is ready and it is removed. */
export function adoptedName(container: string): string {
    return `${container}-adopted`;
}
