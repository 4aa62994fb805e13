/** How a command ends. Programs go by these numbers: none may change its meaning. docs/commands.md lists them. */
export const exitCodes = {
    /** It did what was asked; what it looked at is as it should be. */
    done: 0,
    /** It failed; the message says why. */
    failed: 1,
    /** Its command line is wrong. */
    misused: 2,
    /** There is no such stack, or it has no cluster, or the cluster has no such node. */
    missing: 3,
    /** It looked, and the cluster is not as it should be. */
    unwell: 4,
    /** Consul's own command was not run. Any other code of `consul` is Consul's. */
    notRun: 125,
    /** It was ended by Ctrl-C. */
    interrupted: 130,
} as const;

/** One of them. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
