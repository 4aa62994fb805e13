import { unitFlag } from "../../protocol/engineOptions.ts";
import { engineLabel, ownerLabel } from "../../protocol/labels.ts";

/** A flag that a Docker daemon was started with. */
export interface DaemonFlag {
    /** Its long name, without dashes. */
    readonly name: string;
    readonly value: string;
}

/** The long names of short flags. */
const longNames: Readonly<Record<string, string>> = {
    b: "bridge",
    D: "debug",
    g: "data-root",
    G: "group",
    graph: "data-root",
    H: "host",
    l: "log-level",
    p: "pidfile",
    s: "storage-driver",
};

/** Flags that docker-machine's own unit gives a daemon. */
const ofMachine: ReadonlySet<string> = new Set([
    "host",
    "storage-driver",
    "tls",
    "tlsverify",
    "tlscacert",
    "tlscert",
    "tlskey",
]);

/** Labels that a machine's unit gives a daemon: it does not start with two values of one. */
const providerLabel = "provider";
const labelsOfMachine: ReadonlySet<string> = new Set([providerLabel, ownerLabel, engineLabel]);

/** What docker-machine makes of a host that is there. */
const hostProvider = "generic";

/** Keys of the daemon's configuration file for which it does not start while it is given the same by a flag. */
const colliding: ReadonlySet<string> = new Set([
    "hosts",
    "labels",
    "storage-driver",
    "tls",
    "tlsverify",
    "tlscacert",
    "tlscert",
    "tlskey",
]);

/** Reads the words that a daemon was started with; its own name is the first. */
export function daemonFlags(words: readonly string[]): DaemonFlag[] {
    const flags: DaemonFlag[] = [];
    for (let at = 1; at < words.length; at += 1) {
        const word = words[at] ?? "";
        const [, short, attached] = /^-([A-Za-z])(.*)$/s.exec(word) ?? [];
        const [, long, given] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
        const name = long ?? short;
        if (name === undefined) {
            continue;
        }
        const own = long === undefined ? attached?.replace(/^=/, "") : given;
        const next = words[at + 1];
        // The daemon takes no words but flags: what follows one is its value.
        const follows = (own ?? "") === "" && next !== undefined && !next.startsWith("-");
        const value = follows ? next : (own ?? "");
        at += follows ? 1 : 0;
        flags.push({ name: longNames[name] ?? name, value: value === "" ? "true" : value });
    }
    return flags;
}

/** A daemon's flags, by what becomes of them when its host is made a machine. */
export interface FlagsAfter {
    /** Those that the machine's engine is given as well, `NAME=VALUE`. */
    readonly kept: readonly string[];
    /** Those that docker-machine cannot write. */
    readonly lost: readonly string[];
    /** Other addresses than the local socket at which it listens, and does not any more. */
    readonly closed: readonly string[];
    /** Labels in whose place it has one of docker-machine's, `NAME=VALUE`. */
    readonly replaced: readonly string[];
}

/** Decides what becomes of the flags of a host's daemon. docker-machine's unit takes the place of all. */
export function flagsAfter(words: readonly string[]): FlagsAfter {
    const flags = daemonFlags(words);
    const others = flags
        .filter((flag) => !ofMachine.has(flag.name) && !isUsual(flag) && !isMachineLabel(flag))
        .map(({ name, value }) => `${name}=${value}`);
    // Those of an engine that docker-machine provisioned are its own.
    const wasMachine = flags.some(({ name }) => name === "tlsverify");
    const closed = flags
        .filter(({ name, value }) => name === "host" && !/^(fd|unix):/.test(value))
        .map(({ value }) => value);
    const replaced = flags
        .filter((flag) => isMachineLabel(flag) && labelKey(flag) === providerLabel)
        .map(({ value }) => value)
        .filter((value) => value !== `${providerLabel}=${hostProvider}`);
    return {
        kept: others.filter((flag) => unitFlag.test(flag)),
        lost: others.filter((flag) => !unitFlag.test(flag)),
        closed: wasMachine ? [] : closed,
        replaced: wasMachine ? [] : replaced,
    };
}

/** Whether a flag is a label that the machine's unit has itself. */
function isMachineLabel(flag: DaemonFlag): boolean {
    return flag.name === "label" && labelsOfMachine.has(labelKey(flag));
}

function labelKey({ value }: DaemonFlag): string {
    return value.split("=", 1)[0] ?? "";
}

/** Whether a flag says what holds without it: Docker's packages have it in their unit. */
function isUsual({ name, value }: DaemonFlag): boolean {
    return name === "containerd" && value === "/run/containerd/containerd.sock";
}

/**
 * Keys of a configuration file that flags collide with; undefined where it is no JSON object.
 *
 * @param others keys that collide besides those that collide with docker-machine's own flags.
 */
export function collidingKeys(
    config: string,
    others: ReadonlySet<string> = new Set(),
): string[] | undefined {
    if (config.trim() === "") {
        return [];
    }
    let read: unknown;
    try {
        read = JSON.parse(config);
    } catch {
        return undefined;
    }
    return typeof read === "object" && read !== null && !Array.isArray(read)
        ? Object.keys(read).filter((key) => colliding.has(key) || others.has(key))
        : undefined;
}
