import { engineLabel } from "./labels.ts";

/** What a machine's engine is told, besides what docker-machine tells it by itself: in the form in which its unit has it. */
export interface EngineOptions {
    /** URLs of mirrors. */
    readonly mirrors: readonly string[];
    /** Registries that are asked without TLS, or whose certificate is not verified. */
    readonly insecureRegistries: readonly string[];
    /** Variables, `NAME=VALUE`. */
    readonly env: readonly string[];
    /** Labels, `NAME=VALUE`: also {@link engineLabel}, by which it is seen whether the engine was told all this. */
    readonly labels: readonly string[];
    /** Other flags, `NAME=VALUE`. */
    readonly flags: readonly string[];
    /** What a machine is made with, and keeps. @default docker-machine's own choice */
    readonly making?: EngineMaking | undefined;
}

/** What cannot be changed of an engine that has containers and volumes: they would be out of its sight. */
export interface EngineMaking {
    readonly storageDriver?: string | undefined;
    /** URL of the script by which docker-machine installs Docker where there is none. */
    readonly installUrl?: string | undefined;
    /** Flags, `NAME=VALUE`, such as that of the folder of its data. @default none */
    readonly flags?: readonly string[] | undefined;
}

/** What docker-machine can put into a unit as it is: it writes it between double quotes of a shell. */
export const unitText = /^[A-Za-z0-9._:/=,@+-]+$/;

/** The same of a daemon's flag, `NAME=VALUE`. */
export const unitFlag = /^[A-Za-z0-9][A-Za-z0-9._-]*=[A-Za-z0-9._:/=,@+-]+$/;

/** Digest of what an engine was told last, among its labels; undefined where it was told nothing. */
export function markIn(labels: readonly string[]): string | undefined {
    const start = `${engineLabel}=`;
    return labels.find((label) => label.startsWith(start))?.slice(start.length);
}
