import { one, type BadSettings } from "./badCase.ts";

const ownAcls =
    'whoever changes or upgrades this cluster needs a token then, and a snapshot a management token also under "allow": the ' +
    'next change, and the way back, would end in 403. Set "security" to "full": it turns ACLs on while the cluster runs, ' +
    "with a token for each that asks";

/** Settings that would make the mistakes that doctor tells of in other clusters. */
export const badAgents: readonly BadSettings[] = [
    one(
        "an address that would be advertised in place of the machine's",
        {
            agentConfig: {
                advertise_addr: "172.17.0.2",
                advertise_addr_wan: "172.17.0.2",
                BIND_ADDR: "172.17.0.2",
                serf_lan: "127.0.0.1",
            },
        },
        "agentConfig.advertise_addr: cannot be set here; the machine's address is advertised",
        "agentConfig.advertise_addr_wan: cannot be set here; the machine's address is advertised",
        "agentConfig.BIND_ADDR: cannot be set here; the container binds every interface of its own",
        "agentConfig.serf_lan: cannot be set here; the container binds every interface of its own",
    ),
    one(
        "an API that only the container itself reaches",
        { agentConfig: { client_addr: "127.0.0.1", addresses: { http: "127.0.0.1" } } },
        "agentConfig.client_addr: cannot be set here; host-IP port bindings decide where clients " +
            "reach the agent",
        "agentConfig.addresses: cannot be set here; host-IP port bindings decide where clients " +
            'reach the agent: use the settings "dnsOnAddress", "dnsOnBridge", "httpOnBridge" and "publish"',
    ),
    one(
        "keys that are ours, for a role and for one node",
        {
            serverConfig: { bootstrap: true },
            clientConfig: { Server: false },
            clients: [{ name: "edge", agentConfig: { log_level: "loud", data_dir: "/data" } }],
        },
        "serverConfig.bootstrap: cannot be set here; the plan decides which server bootstraps",
        'clientConfig.Server: cannot be set here; list the node under "servers" or "clients"',
        "clients[0].agentConfig.data_dir: cannot be set here; data lives on the node's named volume",
        'clients[0].agentConfig.log_level: got "loud"; expected one of TRACE, DEBUG, INFO, WARN, ERR, ' +
            "ERROR",
    ),
    one(
        "a secret of one node in clear",
        {
            servers: [
                { name: "server-1", agentConfig: { telemetry: { circonus_api_token: "x" } } },
            ],
            security: "open",
        },
        "servers[0].agentConfig.telemetry.circonus_api_token: is a secret by its name, and is in clear in the stack file; " +
            "run `pulumi config set --secret --path 'servers[0].agentConfig.telemetry.circonus_api_token'`",
    ),
    one(
        "an image of a CPU that is none",
        { image: { amd64: "hashicorp/consul:1.22.2", x86: "consul.tar" } },
        'image.x86: got "consul.tar"; there is no such setting; there are 386, amd64, arm64, arm',
    ),
    one(
        "no image at all",
        { image: {} },
        "image: got {}; a reference with a tag (hashicorp/consul:1.22.2), the path of a .tar or .tar.gz, or a map from " +
            "CPUs to such",
    ),
    one(
        "an image of a CPU without a tag",
        { image: { arm64: "consul" } },
        'image.arm64: got "consul"; a reference with a tag (hashicorp/consul:1.22.2) or the path of a .tar or .tar.gz',
    ),
    one(
        "a version that is no version",
        { allowVersion: "1.20" },
        'allowVersion: got "1.20"; a version of Consul, such as 1.20.6',
    ),
    one(
        "ports that are not published",
        { agentConfig: { ports: { serf_lan: 18301 } } },
        'agentConfig.ports: cannot be set here; use the setting "ports"',
    ),
    one(
        "elections that the plan does not know of",
        { agentConfig: { bootstrap: true, bootstrap_expect: 1 } },
        "agentConfig.bootstrap: cannot be set here; the plan decides which server bootstraps",
        "agentConfig.bootstrap_expect: cannot be set here; the plan decides which server bootstraps",
    ),
    one(
        "agents that leave when they stop, give up joining, or share an id",
        { agentConfig: { leave_on_terminate: true, retry_max: 3, disable_host_node_id: false } },
        "agentConfig.leave_on_terminate: cannot be set here; a stop is not a leave; a node that is " +
            "removed leaves by itself",
        "agentConfig.retry_max: cannot be set here; an agent that gives up joining ends, and its " +
            "machine has no node",
        "agentConfig.disable_host_node_id: cannot be set here; containers of one computer would " +
            "have one id, and all but one of them be refused",
    ),
    one(
        "a cluster that asks for tokens there is no place for",
        { agentConfig: { acl: { enabled: true, default_policy: "deny" } } },
        `agentConfig.acl.enabled: got true; ${ownAcls}`,
    ),
    one(
        "ACLs that refuse nothing yet",
        {
            agentConfig: {
                acl: { enabled: true, default_policy: "allow", down_policy: "extend-cache" },
            },
        },
        `agentConfig.acl.enabled: got true; ${ownAcls}`,
    ),
    one(
        "ACLs in the keys of older files",
        {
            agentConfig: {
                acl_datacenter: "dc1",
                acl_default_policy: "deny",
                acl_down_policy: "extend-cache",
            },
        },
        `agentConfig.acl_datacenter: got "dc1"; it turns ACLs on: ${ownAcls}`,
    ),
    one(
        "checks by which anybody could run programs",
        { agentConfig: { enable_script_checks: true } },
        "agentConfig.enable_script_checks: got true; whoever reaches port 8500 could run programs " +
            "on every node. enable_local_script_checks takes those of its configuration alone",
    ),
    one(
        "variables that tell the image's entry point something else",
        {
            environment: {
                CONSUL_LOCAL_CONFIG: '{"bootstrap":true}',
                CONSUL_BIND_INTERFACE: "eth0",
                CONSUL_DATA_DIR: "/data",
                CONSUL_HTTP_ADDR: "10.0.0.1:8500",
            },
        },
        'environment.CONSUL_LOCAL_CONFIG: cannot be set here; use the setting "agentConfig", which ' +
            "is checked",
        "environment.CONSUL_BIND_INTERFACE: cannot be set here; the container binds every interface " +
            "of its own",
        "environment.CONSUL_DATA_DIR: cannot be set here; data lives on the node's named volume",
        "environment.CONSUL_HTTP_ADDR: cannot be set here; the container's health check asks its " +
            "own agent",
    ),
    one(
        "servers to join that are inside of a machine",
        { join: ["172.17.0.11"] },
        'join[0]: got "172.17.0.11"; an address that other machines reach; 172.17.x.x is the bridge ' +
            "inside of every machine",
    ),
    one(
        "a host inside of a machine",
        { driver: "generic", servers: [{ name: "a", address: "172.17.0.11" }] },
        'servers[0].address: got "172.17.0.11"; an address that other machines reach; 172.17.x.x is ' +
            "the bridge inside of every machine",
    ),
    one(
        "lab machines on the network inside of each",
        { driverOptions: { subnet: "172.17.4.0/24" } },
        'driverOptions.subnet: got "172.17.4.0/24"; another network; 172.17.0.0/16 is the bridge ' +
            "inside of every machine",
    ),
    one(
        "a resolver that is the container itself",
        { recursors: ["127.0.0.53"] },
        'recursors[0]: got "127.0.0.53"; a resolver elsewhere; inside of the container this is the ' +
            "container itself",
    ),
];
