/** What a Consul agent does in the cluster. */
export type Role = "server" | "client";

/** One thing an agent listens on. A port with two protocols is two rows. */
export interface PortRow {
    /** Port number on the machine, and inside the container: Consul advertises no other. */
    readonly port: number;
    /** Port number inside the container of one that Consul does not advertise. @default the same */
    readonly internal?: number | undefined;
    /** Transport protocol. */
    readonly protocol: "tcp" | "udp";
    /** The roles that listen on it; publishing a port that is not used would only occupy it. */
    readonly roles: readonly Role[];
    /** What it is for, in the words of Consul's own documentation. */
    readonly purpose: string;
    /** Which of the machine's addresses it is bound to: its own, or that of its docker0 bridge, which its containers alone
     * reach. @default "address" */
    readonly at?: BoundAt | undefined;
    /** The setting that it comes from, for messages. @default it is in every cluster */
    readonly from?: string | undefined;
}

/** An address of a machine: its own, or that of its bridge. */
export type BoundAt = "address" | "bridge";

/** How an agent's API is reached. */
export interface ApiEndpoint {
    readonly scheme: "http" | "https";
    readonly port: number;
}

/** An API that is reached at another address of its machine, too. */
export interface ReachedApi {
    readonly address: string;
    readonly port: number;
}

/** A host-IP port binding, in the shape that `docker.Container` takes. */
export interface PortBinding {
    readonly internal: number;
    readonly external: number;
    readonly ip: string;
    readonly protocol: "tcp" | "udp";
}

const servers: readonly Role[] = ["server"];

/** The roles that listen on a port of every agent. */
export const everyone: readonly Role[] = ["server", "client"];

/** Port of the HTTP API and the web UI. */
export const httpPort = 8500;

/** Port of the same over TLS, in a secured cluster. */
export const httpsPort = 8501;

/** Port of the DNS interface. */
export const dnsPort = 8600;

/** How the API of an open cluster's agents is reached. */
export const plainEndpoint: ApiEndpoint = { scheme: "http", port: httpPort };

/** The port that resolvers ask; containers of the machine cannot be told another one. */
export const resolverPort = 53;

/** Label of a container whose ports are no services: Registrator ignores it. */
export const ignoreLabel = "SERVICE_IGNORE";

/** Through what agents talk to one another. */
export const peerPorts: readonly PortRow[] = [
    { port: 8300, protocol: "tcp", roles: servers, purpose: "server RPC and Raft" },
    { port: 8301, protocol: "tcp", roles: everyone, purpose: "LAN gossip: joins, state exchange" },
    { port: 8301, protocol: "udp", roles: everyone, purpose: "LAN gossip: probes" },
    { port: 8302, protocol: "tcp", roles: servers, purpose: "WAN gossip: joins, state exchange" },
    { port: 8302, protocol: "udp", roles: servers, purpose: "WAN gossip: probes" },
];

/** Through what others ask an agent. Where nodes share a machine, one of them publishes these on
 * behalf of all; the nodes reach one another on a network of their own. */
export const apiPorts: readonly PortRow[] = [
    { port: httpPort, protocol: "tcp", roles: everyone, purpose: "HTTP API and web UI" },
    { port: dnsPort, protocol: "tcp", roles: everyone, purpose: "DNS" },
    { port: dnsPort, protocol: "udp", roles: everyone, purpose: "DNS" },
];

/** Everything an agent of an open cluster publishes on its machine's address. */
export const agentPorts: readonly PortRow[] = [...peerPorts, ...apiPorts];

/**
 * The rows that an agent of this role publishes.
 *
 * @param table everything that agents of its image publish.
 */
export function portsOf(role: Role, table: readonly PortRow[] = agentPorts): readonly PortRow[] {
    return table.filter((row) => row.roles.includes(role));
}

/** Whether a row is bound to the machine's own address. */
export function isOnAddress({ at = "address" }: PortRow): boolean {
    return at === "address";
}

/** Whether some port inside of the container is bound more than once. */
export function hasTwins(rows: readonly PortRow[]): boolean {
    const inside = rows.map(({ port, internal = port, protocol }) => `${internal}/${protocol}`);
    return new Set(inside).size < inside.length;
}

/**
 * Binds ports to the addresses that their rows name, and nothing to any other.
 *
 * @param address the machine's own address, which the agent advertises.
 * @param bridgeAddress the machine's docker0 address: rows that are bound there need it.
 * @param reached another address of the machine, at which the API is bound as well.
 * @throws RangeError for a row at the bridge where its address is not given.
 */
export function bindPorts(
    rows: readonly PortRow[],
    address: string,
    bridgeAddress?: string,
    reached?: ReachedApi,
): PortBinding[] {
    return rows.flatMap((row): PortBinding[] => {
        const { port, internal = port, protocol } = row;
        const own = { internal, external: port, ip: address, protocol };
        if (!isOnAddress(row)) {
            if (bridgeAddress === undefined) {
                throw new RangeError(`${port}/${protocol}: the bridge's address is not known`);
            }
            return [{ ...own, ip: bridgeAddress }];
        }
        const isApi = port === reached?.port && protocol === "tcp";
        return isApi ? [own, { ...own, ip: reached.address }] : [own];
    });
}

/** Port bindings in words: `8600/udp=10.0.0.11:8600 8600/udp=172.17.0.1:53`. */
export function describePorts(bindings: readonly PortBinding[]): string {
    return bindings
        .map(({ internal, protocol, ip, external }) => `${internal}/${protocol}=${ip}:${external}`)
        .join(" ");
}
