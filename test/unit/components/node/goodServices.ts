import type { ServiceArgs } from "../../../../components/node/serviceArgs.ts";

/** A service, and what the agent is sent of it, without the mark; the machine is at 10.0.0.11. */
export type GoodService = readonly [what: string, service: ServiceArgs, request: object];

const at = "10.0.0.11";

/** What is sent of a service that says no more than its name. */
const plain = (name: string, more: object = {}) => ({
    ID: name,
    Name: name,
    Address: at,
    Tags: [],
    Meta: {},
    Checks: [],
    ...more,
});

/** The eight services of an operator who declares them elsewhere. */
export const usualServices: readonly GoodService[] = [
    [
        "a name with an underscore",
        { name: "order_service", port: 8080 },
        plain("order_service", { Port: 8080 }),
    ],
    [
        "a check over HTTPS that takes any certificate",
        {
            name: "web",
            port: 443,
            checks: [{ kind: "https", path: "/health", tlsSkipVerify: true }],
        },
        plain("web", {
            Port: 443,
            Checks: [{ HTTP: `https://${at}:443/health`, Interval: "10s", TLSSkipVerify: true }],
        }),
    ],
    [
        "a check over gRPC",
        { name: "api", port: 9090, checks: [{ kind: "grpc", interval: "5s" }] },
        plain("api", { Port: 9090, Checks: [{ GRPC: `${at}:9090`, Interval: "5s" }] }),
    ],
    [
        "several ports by their names",
        {
            name: "shop",
            ports: [
                { name: "http", port: 8081, default: true },
                { name: "metrics", port: 9102 },
            ],
        },
        plain("shop", {
            Ports: [
                { Name: "http", Port: 8081, Default: true },
                { Name: "metrics", Port: 9102, Default: false },
            ],
        }),
    ],
    [
        "weights, and an address for another datacenter",
        {
            name: "db",
            port: 5432,
            weights: { passing: 10, warning: 1 },
            taggedAddresses: { wan: { address: "203.0.113.7", port: 5432 } },
        },
        plain("db", {
            Port: 5432,
            TaggedAddresses: { wan: { Address: "203.0.113.7", Port: 5432 } },
            Weights: { Passing: 10, Warning: 1 },
        }),
    ],
    [
        "thresholds, and a time after which it is removed",
        {
            name: "cache",
            port: 6379,
            checks: [{ kind: "tcp", failuresBeforeCritical: 3, deregisterAfter: "30m" }],
        },
        plain("cache", {
            Port: 6379,
            Checks: [
                {
                    TCP: `${at}:6379`,
                    Interval: "10s",
                    FailuresBeforeCritical: 3,
                    DeregisterCriticalServiceAfter: "30m",
                },
            ],
        }),
    ],
    [
        "an address other than the machine's",
        { name: "proxied", address: "10.88.40.60", port: 80 },
        plain("proxied", { Address: "10.88.40.60", Port: 80 }),
    ],
    [
        "a check with headers and a method",
        {
            name: "auth",
            port: 8082,
            checks: [
                {
                    kind: "http",
                    path: "/health",
                    header: { Host: ["auth.example"] },
                    method: "HEAD",
                },
            ],
        },
        plain("auth", {
            Port: 8082,
            Checks: [
                {
                    HTTP: `http://${at}:8082/health`,
                    Interval: "10s",
                    Method: "HEAD",
                    Header: { Host: ["auth.example"] },
                },
            ],
        }),
    ],
];

const checked = (name: string, check: object, request: object): [ServiceArgs, object] => [
    { name, port: 1000, checks: [check] } as ServiceArgs,
    plain(name, { Port: 1000, Checks: [request] }),
];

/** Everything else that a service may say by its settings. */
export const furtherServices: readonly GoodService[] = [
    ["no more than its name", { name: "a" }, plain("a")],
    [
        "an id, tags with spaces in them, and meta",
        { name: "a", id: "a:8080/1", tags: ["urlprefix-/a strip=/a"], meta: { z: "1", b: "" } },
        plain("a", { ID: "a:8080/1", Tags: ["urlprefix-/a strip=/a"], Meta: { b: "", z: "1" } }),
    ],
    [
        "what every check may have",
        ...checked(
            "a",
            {
                kind: "http",
                id: "up",
                name: "is it up",
                notes: "asks the front page",
                status: "passing",
                interval: "1m30s",
                timeout: "1.5s",
                successBeforePassing: 2,
                failuresBeforeWarning: 1,
                failuresBeforeCritical: 3,
                deregisterAfter: "1h",
            },
            {
                HTTP: `http://${at}:1000/`,
                Interval: "1m30s",
                Timeout: "1.5s",
                SuccessBeforePassing: 2,
                FailuresBeforeWarning: 1,
                FailuresBeforeCritical: 3,
                CheckID: "up",
                Name: "is it up",
                Notes: "asks the front page",
                Status: "passing",
                DeregisterCriticalServiceAfter: "1h",
            },
        ),
    ],
    [
        "all that a check over HTTP may have, several headers sorted",
        ...checked(
            "a",
            {
                kind: "https",
                host: "db.example",
                port: 8443,
                path: "/ready?full=1",
                method: "POST",
                header: { "X-B": "one", Accept: ["a/b", "c/d"] },
                body: '{"ping":true}',
                disableRedirects: true,
                outputMaxSize: 512,
                tlsServerName: "db.internal",
            },
            {
                HTTP: "https://db.example:8443/ready?full=1",
                Interval: "10s",
                Method: "POST",
                Header: { Accept: ["a/b", "c/d"], "X-B": ["one"] },
                Body: '{"ping":true}',
                DisableRedirects: true,
                OutputMaxSize: 512,
                TLSServerName: "db.internal",
            },
        ),
    ],
    [
        "a whole URL, with the machine's address in it",
        ...checked(
            "a",
            { kind: "http", url: "http://$(address):81/x" },
            { HTTP: `http://${at}:81/x`, Interval: "10s" },
        ),
    ],
    [
        "one of a gRPC server's services, over TLS",
        ...checked(
            "a",
            { kind: "grpc", service: "shop.Cart", tls: true, tlsServerName: "cart" },
            {
                GRPC: `${at}:1000/shop.Cart`,
                Interval: "10s",
                GRPCUseTLS: true,
                TLSServerName: "cart",
            },
        ),
    ],
    [
        "HTTP/2, over TLS unless it says otherwise",
        {
            name: "a",
            port: 1000,
            checks: [{ kind: "h2ping" }, { kind: "h2ping", tls: false, port: 1001 }],
        },
        plain("a", {
            Port: 1000,
            Checks: [
                { H2PING: `${at}:1000`, Interval: "10s", H2PingUseTLS: true },
                { H2PING: `${at}:1001`, Interval: "10s", H2PingUseTLS: false },
            ],
        }),
    ],
    [
        "a connection over TLS",
        ...checked(
            "a",
            { kind: "tcp", tls: true, tlsSkipVerify: true },
            { TCP: `${at}:1000`, Interval: "10s", TCPUseTLS: true, TLSSkipVerify: true },
        ),
    ],
    [
        "a datagram",
        ...checked("a", { kind: "udp", port: 53 }, { UDP: `${at}:53`, Interval: "10s" }),
    ],
    [
        "an alias of another service, and of one on another node",
        {
            name: "a",
            checks: [
                { kind: "alias", service: "b" },
                { kind: "alias", node: "server-2", service: "b", status: "warning" },
            ],
        },
        plain("a", {
            Checks: [
                { AliasService: "b" },
                { AliasNode: "server-2", AliasService: "b", Status: "warning" },
            ],
        }),
    ],
    [
        "a report with an id and what it is before",
        { name: "a", checks: [{ kind: "ttl", ttl: "15s", id: "beat", status: "passing" }] },
        plain("a", { Checks: [{ TTL: "15s", CheckID: "beat", Status: "passing" }] }),
    ],
    [
        "an IPv6 address, where its check asks too",
        { name: "a", address: "2001:db8::7", port: 80, checks: [{ kind: "tcp" }] },
        plain("a", {
            Address: "2001:db8::7",
            Port: 80,
            Checks: [{ TCP: "[2001:db8::7]:80", Interval: "10s" }],
        }),
    ],
    [
        "ports of which none is the default: the first one is, and its check asks there",
        {
            name: "a",
            ports: [
                { name: "one", port: 81 },
                { name: "two", port: 82 },
            ],
            checks: [{ kind: "tcp" }],
        },
        plain("a", {
            Checks: [{ TCP: `${at}:81`, Interval: "10s" }],
            Ports: [
                { Name: "one", Port: 81, Default: true },
                { Name: "two", Port: 82, Default: false },
            ],
        }),
    ],
    [
        "the rest of its fields",
        {
            name: "a",
            port: 80,
            taggedAddresses: { lan_ipv4: { address: "$(address)" } },
            weights: { passing: 5 },
            enableTagOverride: true,
            socketPath: "/run/a.sock",
            locality: { region: "eu", zone: "eu-1" },
        },
        plain("a", {
            Port: 80,
            TaggedAddresses: { lan_ipv4: { Address: at, Port: 80 } },
            Weights: { Passing: 5, Warning: 1 },
            EnableTagOverride: true,
            SocketPath: "/run/a.sock",
            Locality: { Region: "eu", Zone: "eu-1" },
        }),
    ],
    [
        "a sidecar, whose address is the machine's",
        { name: "a", port: 80, connect: { sidecarService: {} } },
        plain("a", { Port: 80, Connect: { SidecarService: { Address: at } } }),
    ],
    [
        "a service that speaks the mesh's protocol itself",
        { name: "a", port: 80, connect: { native: true } },
        plain("a", { Port: 80, Connect: { Native: true } }),
    ],
    [
        "a proxy, in Consul's own words",
        {
            name: "a-proxy",
            port: 20000,
            kind: "connect-proxy",
            proxy: { destination_service_name: "a", local_service_port: 80 },
        },
        plain("a-proxy", {
            Port: 20000,
            Kind: "connect-proxy",
            Proxy: { destination_service_name: "a", local_service_port: 80 },
        }),
    ],
    [
        "names of the node, where all nodes of a role have it",
        { name: "a", id: "a-$(node)", tags: ["on-$(node)"], meta: { at: "$(address)" } },
        plain("a", { ID: "a-client-1", Tags: ["on-client-1"], Meta: { at } }),
    ],
];
