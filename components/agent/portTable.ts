import { mergedConfig, type JsonObject } from "./agentConfig.ts";
import type { AgentConfigArgs, Json } from "./agentConfig.ts";
import type { ImageContract } from "./imageContract.ts";
import type { PortNumbers, PortSettings } from "./portSettings.ts";
import {
    dnsPort,
    everyone,
    httpPort,
    isOnAddress,
    resolverPort,
    type BoundAt,
    type PortRow,
    type Role,
} from "./ports.ts";

/** Whether a cluster has ports of its own. */
function isStated({ ports = {}, publish = [], ...flags }: PortSettings): boolean {
    const { dnsOnAddress, dnsOnBridge, httpOnBridge } = flags;
    const isFlagged = [dnsOnAddress, dnsOnBridge, httpOnBridge].includes(true);
    return isFlagged || publish.length > 0 || Object.values(ports).some((one) => one !== undefined);
}

/**
 * The contract of an image, with the ports that the settings ask for.
 *
 * What Consul tells nobody of, API and DNS, keeps Consul's own number inside of the container: there the command `consul`,
 * checks and watches find it, and no number is one that an agent which is not root may not open. What Consul tells others
 * of, gRPC, has one number inside and outside.
 */
export function withPorts(contract: ImageContract, settings: PortSettings): ImageContract {
    if (!isStated(settings)) {
        return contract;
    }
    const { ports = {} } = settings;
    const { scheme } = contract.endpoint;
    const isSecured = scheme === "https";
    const rows = (base: readonly PortRow[]) => rowsWith(base, settings, contract.endpoint);
    return {
        ...contract,
        ports: rows(contract.ports),
        apiPorts: rows(contract.apiPorts),
        endpoint: { scheme, port: stated(ports[scheme]) ?? contract.endpoint.port },
        dnsPort: ports.dns ?? contract.dnsPort,
        configFiles: (args) => {
            const { config, reloadable } = contract.configFiles(args);
            return {
                config: mergedConfig(config, portConfig(settings, isSecured, args)),
                reloadable,
            };
        },
    };
}

/** A port's number, if it has one. */
function stated(port: number | false | undefined): number | undefined {
    return port === false ? undefined : port;
}

/** The rows of a contract under other numbers, each with what is bound besides. */
function rowsWith(
    base: readonly PortRow[],
    settings: PortSettings,
    { scheme, port: apiPort }: ImageContract["endpoint"],
): PortRow[] {
    const { ports = {}, publish = [] } = settings;
    const isSecured = scheme === "https";
    const known = base.flatMap((row) => {
        const { port, protocol, internal = port } = row;
        if (port === apiPort && protocol === "tcp") {
            const own = renumbered(row, stated(ports[scheme]), `ports.${scheme}`);
            return settings.httpOnBridge === true ? [own, httpOnBridge(row, settings)] : [own];
        }
        if (port !== dnsPort) {
            return [row];
        }
        const own = renumbered(row, ports.dns, "ports.dns");
        const resolver = (at: BoundAt, from: string) => {
            return { ...row, internal, port: resolverPort, at, from };
        };
        return [
            own,
            ...(settings.dnsOnAddress === true ? [resolver("address", "dnsOnAddress")] : []),
            ...(settings.dnsOnBridge === true ? [resolver("bridge", "dnsOnBridge")] : []),
        ];
    });
    const extra = publish.map((one, index): PortRow => {
        const { port, internal, protocol = "tcp", at, roles = everyone, purpose } = one;
        return { port, internal, protocol, at, roles, purpose, from: `publish[${index}]` };
    });
    return [...known, ...grpcRows(ports, isSecured), ...extra];
}

function renumbered(row: PortRow, port: number | undefined, from: string): PortRow {
    return port === undefined ? row : { ...row, port, internal: row.internal ?? row.port, from };
}

/** The API without TLS, at the bridge. */
function httpOnBridge({ roles }: PortRow, { ports = {} }: PortSettings): PortRow {
    return {
        port: stated(ports.http) ?? httpPort,
        internal: httpPort,
        protocol: "tcp",
        roles,
        purpose: "HTTP API for containers of the machine",
        at: "bridge",
        from: "httpOnBridge",
    };
}

/** The gRPC ports that are published. Without certificates of a cluster's own, servers alone have one for TLS. */
function grpcRows({ grpc, grpcTls }: PortNumbers, isSecured: boolean): PortRow[] {
    const plain = stated(grpc);
    const tls = stated(grpcTls);
    const row = { protocol: "tcp" } as const;
    return [
        ...(plain === undefined
            ? []
            : [{ ...row, port: plain, roles: everyone, purpose: "gRPC", from: "ports.grpc" }]),
        ...(tls === undefined
            ? []
            : [
                  {
                      ...row,
                      port: tls,
                      roles: grpcTlsRoles(isSecured),
                      purpose: "gRPC over TLS",
                      from: "ports.grpcTls",
                  },
              ]),
    ];
}

function grpcTlsRoles(isSecured: boolean): readonly Role[] {
    return isSecured ? everyone : ["server"];
}

/** What an agent's configuration says of these ports: nothing where Consul's own number is inside. */
function portConfig(
    { ports: { grpc, grpcTls } = {}, httpOnBridge: hasHttp = false }: PortSettings,
    isSecured: boolean,
    { role, tls = {} }: AgentConfigArgs,
): JsonObject {
    const hasTls = stated(grpcTls) !== undefined;
    const isTlsHere = grpcTls !== undefined && (!hasTls || grpcTlsRoles(isSecured).includes(role));
    const ports: Record<string, Json> = {
        ...(grpc === undefined ? {} : { grpc: stated(grpc) ?? -1 }),
        ...(isTlsHere ? { grpc_tls: stated(grpcTls) ?? -1 } : {}),
    };
    const found = Object.keys(ports).length === 0 ? {} : { ports };
    if (!isSecured) {
        return found;
    }
    const addresses = {
        // Docker's bindings decide who reaches it: the bridge alone.
        ...(hasHttp ? { http: "0.0.0.0" } : {}),
        ...(hasTls ? { grpc_tls: "0.0.0.0" } : {}),
    };
    return {
        ...found,
        ...(Object.keys(addresses).length === 0 ? {} : { addresses }),
        ...(hasTls
            ? {
                  // What asks at that port has its configuration from there.
                  connect: { enabled: true },
                  // As of the API: proxies have tokens, and mostly no certificates.
                  tls: { grpc: { verify_incoming: tls.clientCertificates ?? false } },
              }
            : {}),
    };
}

/** The rows of a table that are bound to the machine's own address. */
export function onAddress(table: readonly PortRow[]): readonly PortRow[] {
    return table.filter(isOnAddress);
}
