import type { Security } from "../../scripts/protocol/security.ts";

/** Configuration keys that the components decide in every cluster, and why an operator may not: another value would
 * break what the graph, the ports or the gates rely on. */
export const ownedKeys: Readonly<Record<string, string>> = {
    addresses:
        'host-IP port bindings decide where clients reach the agent: use the settings "dnsOnAddress", "dnsOnBridge", ' +
        '"httpOnBridge" and "publish"',
    advertise_addr: "the machine's address is advertised",
    advertise_addr_ipv4: "the machine's address is advertised",
    advertise_addr_ipv6: "the machine's address is advertised",
    advertise_addr_wan: "the machine's address is advertised",
    advertise_addr_wan_ipv4: "the machine's address is advertised",
    advertise_addr_wan_ipv6: "the machine's address is advertised",
    bind_addr: "the container binds every interface of its own",
    bootstrap: "the plan decides which server bootstraps",
    bootstrap_expect: "the plan decides which server bootstraps",
    client_addr: "host-IP port bindings decide where clients reach the agent",
    data_dir: "data lives on the node's named volume",
    datacenter: 'use the setting "datacenter"',
    disable_host_node_id:
        "containers of one computer would have one id, and all but one of them be refused",
    leave_on_terminate: "a stop is not a leave; a node that is removed leaves by itself",
    node_id: "the identity lives on the node's volume; a pinned one votes without its data",
    node_name: "the node's name in the settings is its name in the cluster",
    ports: 'use the setting "ports"',
    recursors: 'use the setting "recursors"',
    retry_interval: "an agent tries to join each second: a cold start waits for nothing else",
    retry_max: "an agent that gives up joining ends, and its machine has no node",
    retry_max_wan: "an agent that gives up joining ends, and its machine has no node",
    retry_join: 'the plan decides who joins whom; use the setting "join" for another stack',
    server: 'list the node under "servers" or "clients"',
    serf_lan: "the container binds every interface of its own",
    serf_wan: "the container binds every interface of its own",
    start_join: "removed from Consul; the plan decides who joins whom",
    unix_sockets: "host-IP port bindings decide where clients reach the agent",
};

/**
 * Environment variables that would override the components' decisions in the images' entry points or
 * in Consul's own command, and why an operator may not set them.
 */
export const ownedVariables: Readonly<Record<string, string>> = {
    CONSUL_BIND_INTERFACE: "the container binds every interface of its own",
    CONSUL_CLIENT_INTERFACE: "host-IP port bindings decide where clients reach the agent",
    CONSUL_CONFIG_DIR: 'use the setting "agentConfig"',
    CONSUL_DATA_DIR: "data lives on the node's named volume",
    CONSUL_HTTP_ADDR: "the container's health check asks its own agent",
    CONSUL_HTTP_SSL: "the container's health check asks its own agent, in plain HTTP",
    CONSUL_LOCAL_CONFIG: 'use the setting "agentConfig", which is checked',
    CONSUL_NAMESPACE: "only Consul Enterprise has namespaces, and the open edition refuses them",
    CONSUL_PARTITION: "only Consul Enterprise has partitions, and the open edition refuses them",
    CONSUL_RPC_ADDR: "the container's health check asks its own agent",
};

const ourAcls = "under full security the cluster has ACLs and tokens of its own";
const ourTls = "under full security every agent has a certificate of the cluster's own CA";
const tlsSetting = 'use the setting "tls"';
const closedWan = "the port for servers of other datacenters is closed under full security";
const ourGossip =
    'under full security the gossip key is made here, and replaced by `rotate`; bring one with the setting "gossipKey"';

/** What the components decide besides in a cluster of full security. */
const securedKeys: Readonly<Record<string, string>> = {
    acl: ourAcls,
    acl_agent_master_token: ourAcls,
    acl_agent_token: ourAcls,
    acl_datacenter: ourAcls,
    acl_default_policy: ourAcls,
    acl_down_policy: ourAcls,
    acl_enable_key_list_policy: ourAcls,
    acl_master_token: ourAcls,
    acl_replication_token: ourAcls,
    acl_token: ourAcls,
    acl_ttl: ourAcls,
    auto_config: "every agent is given its configuration from here",
    auto_encrypt: ourTls,
    ca_file: ourTls,
    ca_path: ourTls,
    cert_file: ourTls,
    connect:
        'the ports that a service mesh needs are closed under full security; the setting "ports.grpcTls" opens one, ' +
        "and turns it on",
    disable_keyring_file: ourGossip,
    enable_acl_replication: ourAcls,
    encrypt: ourGossip,
    encrypt_verify_incoming: ourGossip,
    encrypt_verify_outgoing: ourGossip,
    key_file: ourTls,
    retry_join_wan: closedWan,
    start_join_wan: closedWan,
    tls: `${ourTls}; ${tlsSetting}`,
    tls_cipher_suites: ourTls,
    tls_min_version: tlsSetting,
    tls_prefer_server_cipher_suites: ourTls,
    verify_incoming: ourTls,
    verify_incoming_https: tlsSetting,
    verify_incoming_rpc: ourTls,
    verify_outgoing: ourTls,
    verify_server_hostname: ourTls,
};

const ownAgent = "the container's health check asks its own agent, with the agent's own token";

/** Variables that the components decide besides in a cluster of full security. */
const securedVariables: Readonly<Record<string, string>> = {
    CONSUL_ALLOW_PRIVILEGED_PORTS: "the agent is not root, and has no capabilities",
    CONSUL_CACERT: ownAgent,
    CONSUL_CAPATH: ownAgent,
    CONSUL_CLIENT_CERT: ownAgent,
    CONSUL_CLIENT_KEY: ownAgent,
    CONSUL_DISABLE_PERM_MGMT: "the agent is not root, and cannot change the owners of its files",
    CONSUL_HTTP_AUTH: ownAgent,
    CONSUL_HTTP_SSL_VERIFY: ownAgent,
    CONSUL_HTTP_TOKEN: ownAgent,
    CONSUL_HTTP_TOKEN_FILE: ownAgent,
    CONSUL_TLS_SERVER_NAME: ownAgent,
};

const bySecurity = (what: string) =>
    `set "security" to "full", which ${what} while the cluster runs: docs/security.md`;
const openAcls = bySecurity("turns ACLs on, with tokens of their own,");
const openGossip = bySecurity("encrypts gossip with a key that is made here,");
const openTls = bySecurity("turns TLS on between all agents");

/** What an open cluster's agents cannot be told one by one: it would part those that know it from those that do not. */
const openKeys: Readonly<Record<string, string>> = {
    acl_agent_master_token: openAcls,
    acl_agent_token: openAcls,
    acl_master_token: openAcls,
    acl_replication_token: openAcls,
    acl_token: openAcls,
    auto_config: "every agent is given its configuration from here",
    auto_encrypt: openTls,
    enable_acl_replication: openAcls,
    encrypt: openGossip,
    encrypt_verify_incoming: openGossip,
    encrypt_verify_outgoing: openGossip,
    verify_incoming: openTls,
    verify_incoming_rpc: openTls,
    verify_outgoing: openTls,
    verify_server_hostname: openTls,
};

/** Configuration keys that the components decide in a cluster of this security, and why. */
export function ownedKeysOf(security: Security): Readonly<Record<string, string>> {
    return { ...ownedKeys, ...(security === "open" ? openKeys : securedKeys) };
}

/** Environment variables that the components decide in a cluster of this security, and why. */
export function ownedVariablesOf(security: Security): Readonly<Record<string, string>> {
    return security === "open" ? ownedVariables : { ...ownedVariables, ...securedVariables };
}
