/** What a Consul agent does in the cluster. */
export type Role = "server" | "client";

/** One thing an agent listens on. A port that speaks two protocols is two rows. */
export interface PortRow {
    /** Port number on the machine, and inside the container: Consul advertises no other. */
    readonly port: number;
    /** Port number inside the container of one that Consul does not advertise. @default the same */
    readonly internal?: number;
    /** Transport protocol. */
    readonly protocol: "tcp" | "udp";
    /** The roles that listen on it; publishing a port nobody listens on would only occupy it. */
    readonly roles: readonly Role[];
    /** What it is for, in the words of Consul's own documentation. */
    readonly purpose: string;
}

/** A host-IP port binding, in the shape that `docker.Container` takes. */
export interface PortBinding {
    readonly internal: number;
    readonly external: number;
    readonly ip: string;
    readonly protocol: "tcp" | "udp";
}

/** Who listens on a port that only servers have, and on one that every agent has. */
export const servers: readonly Role[] = ["server"];
export const everyone: readonly Role[] = ["server", "client"];

/** Port of the HTTP API and the web UI. */
export const httpPort = 8500;

/** Port of the DNS interface. */
export const dnsPort = 8600;

/** The port that resolvers ask; containers of the machine cannot be told another one. */
export const resolverPort = 53;

/** Label of a container whose ports are no services: Registrator leaves it alone. */
export const ignoreLabel = "SERVICE_IGNORE";

/** Everything an agent publishes on its machine's address. */
export const agentPorts: readonly PortRow[] = [
    { port: 8300, protocol: "tcp", roles: servers, purpose: "server RPC and Raft" },
    { port: 8301, protocol: "tcp", roles: everyone, purpose: "LAN gossip: joins, state exchange" },
    { port: 8301, protocol: "udp", roles: everyone, purpose: "LAN gossip: probes" },
    { port: 8302, protocol: "tcp", roles: servers, purpose: "WAN gossip: joins, state exchange" },
    { port: 8302, protocol: "udp", roles: servers, purpose: "WAN gossip: probes" },
    { port: httpPort, protocol: "tcp", roles: everyone, purpose: "HTTP API and web UI" },
    { port: dnsPort, protocol: "tcp", roles: everyone, purpose: "DNS" },
    { port: dnsPort, protocol: "udp", roles: everyone, purpose: "DNS" },
];

/**
 * The rows that an agent of this role publishes.
 *
 * @param table everything that agents of its image publish.
 */
export function portsOf(role: Role, table: readonly PortRow[] = agentPorts): readonly PortRow[] {
    return table.filter((row) => row.roles.includes(role));
}

/**
 * Binds every port of the role to one address, and nothing to any other.
 *
 * @param address the machine's own address, which the agent advertises.
 * @param bridgeAddress the machine's docker0 address; when given, DNS is also bound there on port
 *     53, where the machine's other containers find it without leaving the machine.
 * @param table everything that agents of its image publish.
 */
export function bindPorts(
    role: Role,
    address: string,
    bridgeAddress?: string,
    table?: readonly PortRow[],
): PortBinding[] {
    return bindRows(portsOf(role, table), address, bridgeAddress);
}

function bindRows(
    rows: readonly PortRow[],
    address: string,
    bridgeAddress: string | undefined,
): PortBinding[] {
    return rows.flatMap(({ port, internal = port, protocol }): PortBinding[] => {
        const own = { internal, external: port, ip: address, protocol };
        return port === dnsPort && bridgeAddress !== undefined
            ? [own, { internal, external: resolverPort, ip: bridgeAddress, protocol }]
            : [own];
    });
}

/** What one node publishes that stands for all that share its machine: what is asked from outside.
 * The rest they have among themselves, on a network of their own. */
export function outsidePorts(): readonly PortRow[] {
    return agentPorts.filter(({ port }) => port === httpPort || port === dnsPort);
}

/** Binds {@link outsidePorts} as {@link bindPorts} binds a role's. */
export function bindOutside(address: string, bridgeAddress?: string): PortBinding[] {
    return bindRows(outsidePorts(), address, bridgeAddress);
}

/** Port bindings in words: `8600/udp=10.0.0.11:8600 8600/udp=172.17.0.1:53`. */
export function describePorts(bindings: readonly PortBinding[]): string {
    return bindings
        .map(({ internal, protocol, ip, external }) => `${internal}/${protocol}=${ip}:${external}`)
        .join(" ");
}
