import type { Security } from "./security.ts";

/** Whose contract an image keeps: Consul's official image, or progrium's of 2015. */
export type ImageFlavour = "official" | "progrium";

/**
 * How the cluster was first formed. Recorded once, in the stack's state, and never followed to the
 * live size: what was right for the first election stays right, and a changed number would replace
 * containers that need no change.
 */
export interface Formation {
    /** How many servers the first election waited for; 0 where they join a cluster that is there. */
    readonly expect: number;
    /** The servers of that first election, bootstrap server first. */
    readonly servers: readonly string[];
    /** Where they were, by name: one that is gone stays in the others' arguments, unchanged. */
    readonly addresses?: Readonly<Record<string, string>>;
    /** Whose contract its image keeps: no other Consul reads its data. @default "official" */
    readonly imageFlavour?: ImageFlavour | undefined;
    /** How far it is secured. @default "open" */
    readonly security?: Security | undefined;
}
