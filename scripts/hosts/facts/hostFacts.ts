/** What a host tells of itself. What it could not find out is undefined, or an empty list. */
export interface HostFacts {
    /** Whether it told everything: a look that was cut off by its time has the first part alone. */
    readonly isComplete: boolean;
    /** Seconds since 1970, by its own clock. */
    readonly clock: number | undefined;
    /** `uname -s`. */
    readonly kernel: string | undefined;
    /** `uname -m`. */
    readonly machine: string | undefined;
    readonly hostname: string | undefined;
    /** The user that logs in. */
    readonly user: string | undefined;
    /** How that user becomes root: is it already, may by sudo without a password, or may not. */
    readonly rights: "own" | "sudo" | "no" | undefined;
    /** Whether sudo runs without a password. */
    readonly sudo: "yes" | "no" | "absent" | undefined;
    /** Why it does not, in its own words. */
    readonly sudoSays: string;
    /** `/etc/os-release`, by key. */
    readonly os: Readonly<Record<string, string>>;
    /** `systemd`, or the name of another first process. */
    readonly init: string | undefined;
    /** The programs that it has, of those that are asked for. */
    readonly tools: readonly string[];
    readonly etc: "writable" | "read-only" | undefined;
    /** KiB. */
    readonly memory: { readonly total: number | undefined; readonly available: number | undefined };
    /** Where Docker keeps its data, or would. */
    readonly disk: Space | undefined;
    /** The same in files in place of KiB. */
    readonly inodes: Space | undefined;
    readonly addresses: readonly HostAddress[];
    /** What listens; undefined where that is not known. */
    readonly listeners: readonly Listener[] | undefined;
    readonly docker: DockerFacts;
    readonly firewall: FirewallFacts;
}

/** Room on a file system, in KiB or in files. */
export interface Space {
    readonly free: number;
    readonly total: number;
    /** Where it is mounted. */
    readonly mount: string;
}

/** One of a host's IPv4 addresses. */
export interface HostAddress {
    readonly address: string;
    /** The interface that has it, where that is known. */
    readonly device: string | undefined;
}

/** Something that listens on a host. */
export interface Listener {
    readonly protocol: "tcp" | "udp";
    /** An IPv4 address, an IPv6 one, or `*` for every address. */
    readonly address: string;
    readonly port: number;
    /** The program, where the host tells. */
    readonly program: string | undefined;
    readonly pid: number | undefined;
}

/** What is known of a host's Docker. */
export interface DockerFacts {
    /** Where the client is; undefined where there is none. */
    readonly path: string | undefined;
    /** The file that this is in the end. */
    readonly file: string | undefined;
    /** What `docker --version` prints. */
    readonly clientVersion: string | undefined;
    /** Where the daemon's program is. */
    readonly daemonPath: string | undefined;
    /** Folder of a Docker that came as a snap. */
    readonly snap: string | undefined;
    /** Socket of an engine that the user runs without root. */
    readonly rootless: string | undefined;
    /** Properties of docker.service, by name. */
    readonly unit: Readonly<Record<string, string>>;
    readonly socket: Readonly<Record<string, string>>;
    /** The unit's drop-ins, and whether they say how the daemon is started. */
    readonly dropIns: readonly { readonly path: string; readonly starts: boolean }[];
    /** The words that the daemon was started with, its own name first. */
    readonly words: readonly string[];
    /** Its configuration file, where there is one. */
    readonly config: { readonly path: string; readonly text: string } | undefined;
    /** Files that docker-machine makes. */
    readonly certificates: readonly string[];
    /** Certificate of the CA that this engine trusts, PEM. */
    readonly authority: string | undefined;
    /** The drop-in that docker-machine makes. */
    readonly machineUnit: string | undefined;
    /** What the engine says; undefined where none answers. */
    readonly engine: EngineFacts | undefined;
    /** Why it does not answer, in the client's words. */
    readonly error: string;
}

/** What a Docker Engine says of itself. */
export interface EngineFacts {
    readonly version: string;
    readonly storageDriver: string;
    readonly dataRoot: string;
    /** Whether containers go on while it restarts. */
    readonly liveRestore: boolean;
    readonly swarm: boolean;
    readonly rootless: boolean;
    readonly containers: readonly HostContainer[];
    readonly volumes: readonly Owned[];
    readonly networks: readonly Owned[];
    /** Which of them could not be listed. */
    readonly unknown: readonly ("containers" | "volumes" | "networks")[];
}

/** Something with a name, and whose it is. */
export interface Owned {
    readonly name: string;
    /** `project/stack`; undefined for what no stack of this program made. */
    readonly owner: string | undefined;
}

/** A container on a host. */
export interface HostContainer extends Owned {
    readonly state: string;
    /** Its restart policy: `no`, `always`, `unless-stopped` or `on-failure`. */
    readonly restart: string;
    readonly image: string;
    readonly volumes: readonly string[];
    /** Ports of the host that it publishes, `8500/tcp`. */
    readonly ports: readonly string[];
    /** Whether it goes when it stops, with its volumes that have no name (`docker run --rm`). */
    readonly isRemovedWhenStopped: boolean;
}

/** What may keep others from a host's ports. */
export interface FirewallFacts {
    readonly ufw: readonly string[];
    readonly firewalld: readonly string[];
    /** `iptables -S INPUT`. */
    readonly input: readonly string[];
}
