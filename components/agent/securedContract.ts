import {
    authoritiesFile,
    certificateFile,
    cliTokenFile,
    configDirectory,
    dataDirectory,
    electionFile,
} from "../../scripts/protocol/agentFiles.ts";
import { agentArguments, type AgentFlags } from "./agentCommand.ts";
import {
    baseConfig,
    mergedConfig,
    sortKeys,
    type JsonObject,
    type TlsSettings,
} from "./agentConfig.ts";
import type { ImageContract } from "./imageContract.ts";
import { apiPorts, dnsPort, httpPort, httpsPort, peerPorts, type PortRow } from "./ports.ts";
import { splitConfig } from "./reloadableConfig.ts";

/** Through what others ask an agent of a secured cluster. */
export const securedApiPorts: readonly PortRow[] = apiPorts.map((row) =>
    row.port === httpPort ? { ...row, port: httpsPort, purpose: "HTTPS API and web UI" } : row,
);

/** Port on which servers gossip with those of other datacenters; in a secured cluster it is closed. */
const wanGossipPort = 8302;

/** Everything that an agent of a secured cluster publishes on its machine's address. */
export const securedPorts: readonly PortRow[] = [
    ...peerPorts.filter(({ port }) => port !== wanGossipPort),
    ...securedApiPorts,
];

/** What makes an agent's configuration that of a secured cluster. None of it is secret: keys, certificates and tokens
 * are in files beside it, and the gossip keys in the keyring. */
const securedConfig = ({
    minVersion = "1.2",
    clientCertificates = false,
}: TlsSettings = {}): JsonObject => ({
    acl: {
        enabled: true,
        default_policy: "deny",
        down_policy: "extend-cache",
        // Tokens that an agent keeps by itself would take precedence over those in its files.
        enable_token_persistence: false,
    },
    // Plain HTTP on the container's own loopback alone: for the command `consul` in it.
    addresses: { dns: "0.0.0.0", http: "127.0.0.1", https: "0.0.0.0" },
    ports: {
        dns: dnsPort,
        grpc: -1,
        grpc_tls: -1,
        http: httpPort,
        https: httpsPort,
        serf_wan: -1,
    },
    connect: { enabled: false },
    tls: {
        defaults: {
            ca_file: authoritiesFile,
            // One file for both: it always holds a pair that fits.
            cert_file: certificateFile,
            key_file: certificateFile,
            tls_min_version: `TLSv${minVersion.replace(".", "_")}`,
            verify_incoming: true,
            verify_outgoing: true,
        },
        // Browsers and programs have tokens, and mostly no certificates.
        https: { verify_incoming: clientCertificates },
        internal_rpc: { verify_server_hostname: true },
    },
});

/** The contract of an official image, or of a bare one, in a secured cluster. */
export const secured: ImageContract = {
    dataDirectory,
    ports: securedPorts,
    apiPorts: securedApiPorts,
    endpoint: { scheme: "https", port: httpsPort },
    dnsPort,
    command: (flags: AgentFlags) => agentArguments(flags),
    electionFile,
    configFiles: ({ extra = {}, tls, ...args }) => {
        const { config, reloadable } = splitConfig(extra);
        return {
            config: mergedConfig(
                { ...baseConfig({ ...args, extra }), ...securedConfig(tls) },
                config,
            ),
            reloadable: sortKeys(reloadable),
        };
    },
    environment: {
        // The entry point of the official image would have to be root for it.
        CONSUL_DISABLE_PERM_MGMT: "1",
        CONSUL_HTTP_TOKEN_FILE: cliTokenFile,
    },
    configVolume: configDirectory,
};

/** Consul's own DNS domain. */
const defaultDomain = "consul";

/** The DNS domain of a cluster with this extra configuration: a part of the names in its certificates. */
export function domainOf(extra: JsonObject = {}): string {
    const stated = Object.entries(extra).find(([key]) => key.toLowerCase() === "domain")?.[1];
    const domain = typeof stated === "string" ? stated.replace(/\.+$/, "") : "";
    return domain === "" ? defaultDomain : domain;
}
