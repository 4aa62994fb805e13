import type { ContainerRef, NodeRequest } from "./requests.ts";

/** A file in a container of a trial. */
export interface TrialFile {
    /** Its absolute path. */
    readonly path: string;
    readonly text: string;
    /** Its permissions. @default for the container's user alone, or where that is root, for everyone to read */
    readonly mode?: number | undefined;
    /** Whose it is, a user's number and a group's. @default the container's user */
    readonly owner?: readonly [number, number] | undefined;
}

/** A part of an operator's configuration: what is below it in the settings, and by what name it is there. */
export interface ConfigSource {
    /** `agentConfig`, `servers[0].agentConfig`. */
    readonly path: string;
    readonly config: object;
}

/** The container of an agent as far as it decides whether the agent starts. What the engine adds to it that others
 * see, its ports, its networks and its name, is not among it. */
export interface TrialContainer {
    /** The image, as the machine knows it. */
    readonly image: string;
    /** The arguments of its entry point. */
    readonly arguments: readonly string[];
    /** Its entry point. @default the image's */
    readonly entrypoint?: readonly string[] | undefined;
    /** `NAME=VALUE`. */
    readonly environment: readonly string[];
    /** `UID:GID`. @default the image's own */
    readonly user?: string | undefined;
    readonly readOnly?: boolean | undefined;
    readonly capabilities?:
        { readonly adds?: string[] | undefined; readonly drops?: string[] | undefined } | undefined;
    readonly securityOpts?: readonly string[] | undefined;
    /** Options of the memory file systems, by their folders. */
    readonly tmpfs?: Readonly<Record<string, string>> | undefined;
    /** Megabytes of memory that it may use. @default no limit */
    readonly memory?: number | undefined;
    /** Where the agent's data are. */
    readonly dataDirectory: string;
    /** Folders at which volumes are, other than that of the data. */
    readonly mounts: readonly string[];
    readonly files: readonly TrialFile[];
}

/** An agent that is tried before a running one is replaced by it. */
export interface AgentTrial extends NodeRequest {
    readonly role: "server" | "client";
    /** HTTP addresses of other servers, by name: they are asked which Consul runs where the node itself is silent. */
    readonly servers: Readonly<Record<string, string>>;
    /** The container that runs now. */
    readonly agent: ContainerRef;
    /** Whose machine it is, `project/stack`. */
    readonly owner: string;
    readonly container: TrialContainer;
    /** Its configuration, what it reloads included. */
    readonly config: object;
    /** What of it an operator has written, the later ones over the earlier ones: messages name keys as they are there. */
    readonly sources: readonly ConfigSource[];
    /** Whether there are secrets in it: then no message repeats a value. @default there are none */
    readonly hasSecrets?: boolean | undefined;
    /** What its arguments say, as configuration: `consul validate` takes no arguments of an agent. */
    readonly flags: object;
    /** A Consul to which a change is wanted although it is older, or too far. @default none */
    readonly allowVersion?: string | undefined;
}

/** Agents that are tried together. */
export interface TrialsRequest {
    /** The first one is about to be changed; it has to pass. The others are tried as far as they can be now. */
    readonly trials: readonly AgentTrial[];
    /** Whether it is the first one of its cluster that this run changes. @default it is not */
    readonly isFirst?: boolean | undefined;
}
