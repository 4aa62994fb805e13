/** Something about a host that its operator should know before it is made a machine. */
export interface Finding {
    /** What it is about, the same for each host: `ssh`, `storage-driver`. */
    readonly id: FindingId;
    /** `refused` where nothing is made before it is put right; `said` where it tells what will happen. */
    readonly kind: "refused" | "said";
    /** What was seen on the host. */
    readonly seen: string;
    /** What to do; for what is said alone, what will happen. */
    readonly advice: string;
}

/** Every kind of finding. docs/hosts.md has a row for each. */
export const findingIds = [
    "ssh",
    "shell",
    "look",
    "sudo",
    "os",
    "init",
    "tools",
    "read-only",
    "architecture",
    "memory",
    "disk",
    "clock",
    "address",
    "same-host",
    "port",
    "dns-port",
    "firewall",
    "install",
    "no-docker",
    "snap",
    "rootless",
    "podman",
    "engine",
    "daemon-path",
    "daemon-config",
    "drop-in",
    "daemon-flags",
    "storage-driver",
    "manager",
    "certificates",
    "container",
    "volume",
    "network",
    "earlier-data",
    "adopt",
    "adopted",
    "rename",
    "restart",
    "swarm",
] as const;

/** One of {@link findingIds}. */
export type FindingId = (typeof findingIds)[number];

/** A finding for which nothing is made. */
export function refused(id: FindingId, seen: string, advice: string): Finding {
    return { id, kind: "refused", seen: unended(seen), advice };
}

/** A finding that tells what will happen. */
export function said(id: FindingId, seen: string, advice: string): Finding {
    return { id, kind: "said", seen: unended(seen), advice };
}

/** What others said may end like a sentence; what follows begins one. */
function unended(seen: string): string {
    return seen.replace(/\.+$/, "");
}
