import { definitionMark } from "../../../../scripts/protocol/serviceDefinition.ts";

const settings =
    "name, id, address, port, ports, tags, meta, taggedAddresses, weights, enableTagOverride, socketPath, checks, kind, " +
    "proxy, connect, locality, definition";
const kinds = "a check: its kind is http, https, grpc, h2ping, tcp, udp, ttl, alias";
const inContainer =
    "an address as the agent's container sees it, whose loopback is its own: leave it out, or write $(address), for " +
    "the machine's";
const elsewhere =
    "an address that others reach, who would look on their own machine: leave it out, or write $(address), for the " +
    "machine's";
const host = "an address or a host name, without a port";
const duration = "a duration with its unit, such as 10s";

/** Services that are wrong, and all that is said of them behind `SERVICES`. */
export const badServices: readonly (readonly [
    what: string,
    services: unknown,
    ...problems: string[],
])[] = [
    ["no list", "web", `: got "web"; a list of services`],
    [
        "no service",
        ["web"],
        `[0]: got "web"; a service: a name, and what else there is to say of it`,
    ],
    [
        "names that no service may have",
        [{ name: "consul" }, { name: "a/b" }, { name: " a" }, {}],
        `[0].name: got "consul"; another name: this one is that of the servers`,
        `[1].name: got "a/b"; a name of one line, without a slash or spaces around it`,
        `[2].name: got " a"; a name of one line, without a slash or spaces around it`,
        `[3].name: got nothing; a name of one line, without a slash or spaces around it`,
    ],
    [
        "values of the wrong form, all at once",
        [
            {
                name: "a",
                id: "a b",
                port: 0,
                tags: [""],
                weights: { passing: 0 },
                enableTagOverride: "yes",
                kind: "proxy",
            },
        ],
        `[0].id: got "a b"; a text without spaces`,
        `[0].port: got 0; a port, from 1 to 65535`,
        `[0].tags[0]: got ""; a text of one line, without spaces around it`,
        `[0].weights.passing: got 0; a whole number from 1 to 65535`,
        `[0].enableTagOverride: got "yes"; true or false`,
        `[0].kind: got "proxy"; one of connect-proxy, mesh-gateway, terminating-gateway, ingress-gateway, api-gateway`,
    ],
    [
        "meta of the wrong form",
        [
            { name: "a", meta: [] },
            {
                name: "b",
                meta: {
                    "a b": "1",
                    [definitionMark]: "x",
                    "consul-a": "",
                    n: 7,
                    v: "x".repeat(513),
                },
            },
        ],
        "[0].meta: got []; a map from names to strings",
        `[1].meta.a b: got "1"; letters, digits, dashes and underscores`,
        `[1].meta.${definitionMark}: got "x"; another name: this one is ours`,
        `[1].meta.consul-a: got ""; another name: Consul keeps consul- to itself`,
        `[1].meta.n: got 7; a string; put quotes around it`,
        `[1].meta.v: got "${"x".repeat(513)}"; at most 512 characters`,
    ],
    [
        "a setting that there is not",
        [{ name: "a", tag: "b" }],
        `[0].tag: got "b"; there is no such setting; there are ${settings}`,
    ],
    [
        "an address that others do not reach",
        [
            { name: "a", address: "127.0.0.1" },
            { name: "b", address: "a:80" },
            { name: "c", taggedAddresses: { wan: { address: "localhost" } } },
        ],
        `[0].address: got "127.0.0.1"; ${elsewhere}`,
        `[1].address: got "a:80"; ${host}`,
        `[2].taggedAddresses.wan.address: got "localhost"; ${elsewhere}`,
    ],
    [
        "ports that contradict one another",
        [
            {
                name: "a",
                port: 1,
                ports: [
                    { name: "x", port: 1, default: true },
                    { name: "x", port: 2, default: true },
                ],
            },
            { name: "b", ports: [] },
        ],
        "[0].port: got 1; ports are there already; leave one of the two out",
        `[0].ports[1].name: got "x"; another port has it`,
        "[0].ports[1].default: got true; one port is the default, and another is it already",
        "[1].ports: got []; at least one port",
    ],
    [
        "two of one id",
        [{ name: "a" }, { definition: { name: "b", id: "a" } }],
        `[1].definition.id: got "a"; another id than "a", which a service before it has`,
    ],
    [
        "a check of no kind, or of one that there is not",
        [{ name: "a", checks: [{}, { kind: "ping" }] }],
        `[0].checks[0].kind: got nothing; ${kinds}`,
        `[0].checks[1].kind: got "ping"; ${kinds}`,
    ],
    [
        "a script",
        [{ name: "a", checks: [{ kind: "script", args: ["/bin/check"] }] }],
        `[0].checks[0].kind: got "script"; an agent runs scripts only of its own configuration here, for whoever may ` +
            'register a service could run programs: write the service under "services" of agentConfig, for one ' +
            "node or all, with enable_local_script_checks: true, and bring the script as one of its files",
    ],
    [
        "a command in a container",
        [{ name: "a", checks: [{ kind: "docker" }] }],
        `[0].checks[0].kind: got "docker"; the agent's container has not the engine's socket, which amounts to root on ` +
            "the machine; ask the container over a published port by http, grpc, tcp or udp, or let it report by a " +
            "check ttl",
    ],
    [
        "a service of the machine's system",
        [{ name: "a", checks: [{ kind: "osService" }] }],
        `[0].checks[0].kind: got "osService"; the agent runs in a container, which knows no services of the machine's ` +
            "system; let the service report by a check ttl, or ask it over its port",
    ],
    [
        "a check with a key that is another kind's",
        [{ name: "a", checks: [{ kind: "ttl", ttl: "5s", interval: "1s" }] }],
        `[0].checks[0].interval: got "1s"; there is no such setting; there are kind, ttl, id, name, notes, status, ` +
            "deregisterAfter",
    ],
    [
        "a check without a port",
        [{ name: "a", checks: [{ kind: "tcp" }] }],
        "[0].checks[0].port: got nothing; the port to ask, for the service names none",
    ],
    [
        "times of the wrong form",
        [
            {
                name: "a",
                port: 1,
                checks: [
                    { kind: "tcp", interval: 10, timeout: "5 s" },
                    { kind: "ttl" },
                    { kind: "udp", deregisterAfter: "30s" },
                ],
            },
        ],
        `[0].checks[0].interval: got 10; ${duration}`,
        `[0].checks[0].timeout: got "5 s"; ${duration}`,
        `[0].checks[1].ttl: got nothing; ${duration}`,
        `[0].checks[2].deregisterAfter: got "30s"; at least 1m: Consul waits no less`,
    ],
    [
        "a warning that comes after the failure",
        [{ name: "a", port: 1, checks: [{ kind: "tcp", failuresBeforeWarning: 2 }] }],
        "[0].checks[0].failuresBeforeWarning: got 2; at most failuresBeforeCritical, which is 0: Consul takes no other",
    ],
    [
        "checks of the loopback, which is the container's",
        [
            {
                name: "a",
                port: 1,
                checks: [
                    { kind: "tcp", host: "localhost" },
                    { kind: "http", url: "http://127.0.0.1:80/" },
                    { kind: "http", url: "ftp://a" },
                    { kind: "http", url: "http://a/", port: 2 },
                ],
            },
        ],
        `[0].checks[0].host: got "localhost"; ${inContainer}`,
        `[0].checks[1].url: got "http://127.0.0.1:80/"; ${inContainer}`,
        `[0].checks[2].url: got "ftp://a"; a URL of http or https, such as http://$(address):8080/health`,
        "[0].checks[3].port: got 2; the url says it already; leave one of the two out",
    ],
    [
        "a path, a method and headers of the wrong form",
        [
            {
                name: "a",
                port: 1,
                checks: [
                    { kind: "http", path: "health", method: "get", header: { "a b": "1" } },
                    { kind: "http", header: { a: 1 } },
                ],
            },
        ],
        `[0].checks[0].path: got "health"; a path that begins with a slash, such as /health`,
        `[0].checks[0].method: got "get"; a method of HTTP, such as GET`,
        `[0].checks[0].header.a b: got "1"; the name of a header`,
        "[0].checks[1].header.a: got 1; a text, or a list of texts",
    ],
    [
        "a header that lets a caller in, which no message repeats",
        [{ name: "a", port: 1, checks: [{ kind: "http", header: { Authorization: [7] } }] }],
        "[0].checks[0].header.Authorization[0]: got a secret, which is not repeated here; a text",
    ],
    [
        "TLS without TLS",
        [{ name: "a", port: 1, checks: [{ kind: "grpc", tlsServerName: "x" }] }],
        `[0].checks[0].tlsServerName: got "x"; it is for a check with tls: true`,
    ],
    [
        "an alias of nothing",
        [{ name: "a", checks: [{ kind: "alias" }] }],
        "[0].checks[0].service: got nothing; the id of a service, or beside it the name of a node",
    ],
    [
        "parts of a mesh that contradict one another",
        [
            { name: "a", kind: "connect-proxy" },
            { name: "b", port: 1, connect: { native: true, sidecarService: {} } },
        ],
        "[0].proxy: got nothing; for which service it is the proxy: destination_service_name",
        "[1].connect.native: got true; a service that speaks for itself has no sidecar",
    ],
];

const keys =
    "name, id, address, port, tags, meta, tagged_addresses, weights, enable_tag_override, socket_path, check, checks, " +
    "kind, proxy, locality, ports, connect";

/** Definitions that are wrong, and all that is said of them behind `SERVICES[0].definition`. */
export const badDefinitions: readonly (readonly [
    what: string,
    definition: unknown,
    ...problems: string[],
])[] = [
    ["no map", "x", `: got "x"; a map: what Consul's file has inside of service {}`],
    [
        "a name that is missing",
        { id: "a" },
        ".name: got nothing; a name of one line, without a slash or spaces around it",
    ],
    [
        "what is around it in a file",
        { service: { name: "a" } },
        `.service: got {"name":"a"}; write what is inside of it in its place`,
    ],
    [
        "a key that Consul has not",
        { name: "a", tag: "b" },
        `.tag: got "b"; Consul has no such key here; there are ${keys}`,
    ],
    [
        "one key in two spellings",
        { name: "a", socket_path: "/a", SocketPath: "/b" },
        `.SocketPath: got "/b"; another spelling of a key that is there already`,
    ],
    [
        "a token, which no message repeats",
        { name: "a", token: "8f2a" },
        ".token: got a secret, which is not repeated here; a service is registered with this program's own token, and a " +
            "definition is kept in clear; leave it out",
    ],
    [
        "a namespace",
        { name: "a", namespace: "x" },
        `.namespace: got "x"; only Consul Enterprise has namespaces, and the open edition refuses them`,
    ],
    [
        "a script, in the words of a file",
        { name: "a", check: { args: ["/bin/check"], interval: "5s" } },
        `.check.args: got ["/bin/check"]; an agent runs scripts only of its own configuration here, for whoever may ` +
            'register a service could run programs: write the service under "services" of agentConfig, for one ' +
            "node or all, with enable_local_script_checks: true, and bring the script as one of its files",
    ],
    [
        "checks of the loopback, where files have them",
        {
            name: "a",
            address: "localhost",
            checks: [
                { http: "http://localhost:8080/health", interval: "5s" },
                { TCP: "127.0.0.1:80", Interval: "5s" },
                { grpc: "[::1]:80", interval: "5s" },
            ],
        },
        `.address: got "localhost"; ${elsewhere}`,
        `.checks[0].http: got "http://localhost:8080/health"; ${inContainer}`,
        `.checks[1].TCP: got "127.0.0.1:80"; ${inContainer}`,
        `.checks[2].grpc: got "[::1]:80"; ${inContainer}`,
    ],
    [
        "checks that Consul refuses",
        {
            name: "a",
            checks: [
                { http: "http://a/" },
                { ttl: "5s", interval: "5s" },
                { tcp: "a:1", udp: "a:1", interval: "5s" },
                { tcp: "a", interval: "5s" },
                { tcp: "a:1", interval: "5s", failures_before_warning: 3 },
                { notes: "x" },
            ],
        },
        ".checks[0].interval: got nothing; how often it is checked, such as 10s",
        `.checks[1].interval: got "5s"; Consul takes none for a check of this kind`,
        `.checks[2].udp: got "a:1"; a check has one of http, tcp, udp, grpc, h2ping, ttl, alias_service`,
        `.checks[3].tcp: got "a"; a host and a port, such as $(address):6379`,
        ".checks[4].failures_before_warning: got 3; at most failuresBeforeCritical, which is 0: Consul takes no other",
        ".checks[5].http: got nothing; a check has one of http, tcp, udp, grpc, h2ping, ttl, alias_service",
    ],
    [
        "values of the wrong form, deep inside",
        {
            name: "a",
            port: "80",
            tagged_addresses: { wan: { address: "a", ports: 1 } },
            weights: { passing: 1, critical: 1 },
            connect: { sidecar_service: { id: "x" } },
        },
        `.port: got "80"; a port, from 1 to 65535`,
        ".tagged_addresses.wan.ports: got 1; Consul has no such key here; there are address, port",
        ".weights.critical: got 1; Consul has no such key here; there are passing, warning",
        `.connect.sidecar_service.id: got "x"; the agent gives a sidecar its id; leave it out`,
    ],
];
