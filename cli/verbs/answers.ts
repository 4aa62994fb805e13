import { z } from "zod";

/*
 * What commands print with `--json`. Programs read it: what has a name here keeps it and its meaning, and new names may
 * come. What is not known is null, never left out. docs/commands.md shows them.
 */

const text = z.string();
const known = text.nullable();

/** Which stack and cluster an answer is about. */
const about = z.object({ project: text, stack: text, cluster: text });

/** `status`, and `start` once it is done. */
export const statusAnswer = about.extend({
    datacenter: known,
    security: z.enum(["full", "open"]),
    image: known,
    uiUrl: known,
    httpAddress: known,
    dnsAddress: known,
    /** Whether every node is alive, every server votes, and one leads. */
    isReady: z.boolean(),
    /** Name of the server that leads. */
    leader: known,
    /** How many servers may fail before the cluster stops. */
    failureTolerance: z.number().nullable(),
    /** Why no agent answers for the cluster. */
    failure: known,
    nodes: z.array(
        z.object({
            name: text,
            role: z.enum(["server", "client"]),
            address: text,
            httpAddress: text,
            machine: text,
            isAlive: z.boolean().nullable(),
            /** Of a client agent false. */
            isVoter: z.boolean().nullable(),
            isLeader: z.boolean().nullable(),
            /** The engine's word for its container, such as `running`; `missing` where there is none. */
            container: known,
        }),
    ),
});

/** What `status --json` prints. */
export type StatusAnswer = z.infer<typeof statusAnswer>;

/** `doctor`. */
export const doctorAnswer = z.object({
    project: known,
    stack: known,
    cluster: known,
    /** Whether nothing is wrong: with the cluster, and with the tools. */
    isWell: z.boolean(),
    tools: z.array(z.object({ name: text, note: text, advice: known })),
    /** What holds, a line each. */
    holds: z.array(text),
    findings: z.array(
        z.object({
            check: text,
            nodes: z.array(text),
            seen: text,
            why: text,
            fix: text,
            page: text,
        }),
    ),
});

/** What `doctor --json` prints. */
export type DoctorAnswer = z.infer<typeof doctorAnswer>;

/** `doctor --hosts`. */
export const hostsAnswer = z.object({
    stack: text,
    /** Whether all hosts can be made machines. */
    isWell: z.boolean(),
    hosts: z.array(
        z.object({
            node: text,
            address: text,
            os: known,
            /** As Docker calls it, such as `amd64`. */
            architecture: known,
            /** Version of the Docker that it has. */
            docker: known,
            storageDriver: known,
            findings: z.array(
                z.object({
                    id: text,
                    /** `refused` where nothing is made before it is put right. */
                    kind: z.enum(["refused", "said"]),
                    seen: text,
                    advice: text,
                    page: text,
                }),
            ),
        }),
    ),
});

/** What `doctor --hosts --json` prints. */
export type HostsAnswer = z.infer<typeof hostsAnswer>;

/** Each line of `logs`. */
export const logAnswer = z.object({
    node: text,
    time: text,
    stream: z.enum(["stdout", "stderr"]),
    line: text,
});

/** `env`. */
export const envAnswer = about.extend({
    /** By their names. The token is among them only where `--show-secrets` is given. */
    variables: z.record(text, text),
});

/** `ui`. */
export const uiAnswer = about.extend({
    url: text,
    /** File with the certificate of the CA; null for an open cluster. */
    caFile: known,
});

/** `snapshot`. */
export const snapshotAnswer = z.object({ file: text, datacenter: text, bytes: z.number() });

/** `restore`. */
export const restoreAnswer = z.object({
    file: text,
    httpAddress: text,
    /** Descriptions of the tokens that the snapshot brought back, and that were deleted. */
    deletedTokens: z.array(text),
});

/** `recover`. */
export const recoverAnswer = z.object({
    survivors: z.array(text),
    abandoned: z.array(text),
    /** Files with what the survivors held before, by node. */
    copies: z.record(text, text),
});

/** `topology`. */
export const topologyAnswer = about.extend({
    machines: z.array(
        z.object({
            name: text,
            address: known,
            containers: z.array(
                z.object({
                    id: text,
                    name: text,
                    image: text,
                    /** Null for a container that is no agent. */
                    node: known,
                    role: z.enum(["server", "client"]).nullable(),
                    isLeader: z.boolean().nullable(),
                    isAlive: z.boolean().nullable(),
                    ports: z.array(z.number()),
                }),
            ),
        }),
    ),
    edges: z.array(z.object({ from: text, to: text, kind: z.enum(["joins", "asks"]) })),
});

/** What `topology --json` prints. */
export type TopologyAnswer = z.infer<typeof topologyAnswer>;

/** `stop`. */
export const stopAnswer = z.object({
    project: text,
    stack: text,
    /** How many resources were removed. */
    removed: z.number(),
});

/** `bundle`. */
export const bundleAnswer = z.object({
    file: text,
    bytes: z.number(),
    /** Names of the files in it. */
    files: z.array(text),
    /** What could not be had, and why. */
    missing: z.array(text),
});

const sourceKey = z.object({ key: text, file: text });

/** `import`. */
export const importAnswer = z.object({
    project: text,
    stack: text,
    stackFile: text,
    isWritten: z.boolean(),
    role: z.enum(["server", "client"]),
    /** The one node that the files are of; null for all nodes of the role. */
    node: known,
    files: z.array(text),
    /** Files of the folders that Consul would not read. */
    skipped: z.array(text),
    /** The settings that the files have a part in, as they are or would be. No secrets. */
    settings: z.record(text, z.json()),
    placed: z.array(sourceKey.extend({ setting: text })),
    secrets: z.array(
        sourceKey.extend({
            setting: text,
            /** What sets it. */
            command: text,
            isSet: z.boolean(),
        }),
    ),
    left: z.array(sourceKey.extend({ reason: text })),
    conflicts: z.array(text),
    problems: z.array(text),
    warnings: z.array(text),
});

/** What `import --json` prints. */
export type ImportAnswer = z.infer<typeof importAnswer>;
