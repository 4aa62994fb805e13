import type { Given } from "../../../../components/node/serviceArgs.ts";

/** A definition as Consul's files or its API have it, and what the agent is sent of it, without the mark. */
export const givenDefinitions: readonly (readonly [
    what: string,
    definition: Given,
    request: object,
])[] = [
    [
        "the least",
        { name: "a" },
        { ID: "a", Name: "a", Address: "10.0.0.11", Tags: [], Meta: {}, Checks: [] },
    ],
    [
        "all of a file, in the words of files",
        {
            id: "a1",
            name: "a",
            tags: ["v1"],
            address: "$(address)",
            port: 80,
            meta: { team: "x" },
            tagged_addresses: { wan: { address: "203.0.113.7", port: 81 } },
            socket_path: "/run/a.sock",
            enable_tag_override: true,
            weights: { passing: 2, warning: 0 },
            check: {
                id: "up",
                http: "http://$(address):80/health",
                method: "GET",
                header: { Accept: ["a/b"] },
                interval: "10s",
                timeout: "1s",
                tls_skip_verify: true,
                success_before_passing: 1,
                failures_before_critical: 2,
                deregister_critical_service_after: "90m",
            },
        },
        {
            ID: "a1",
            Name: "a",
            Address: "10.0.0.11",
            Port: 80,
            Tags: ["v1"],
            Meta: { team: "x" },
            Checks: [],
            TaggedAddresses: { wan: { Address: "203.0.113.7", Port: 81 } },
            SocketPath: "/run/a.sock",
            EnableTagOverride: true,
            Weights: { Passing: 2, Warning: 0 },
            Check: {
                CheckID: "up",
                HTTP: "http://10.0.0.11:80/health",
                Method: "GET",
                Header: { Accept: ["a/b"] },
                Interval: "10s",
                Timeout: "1s",
                TLSSkipVerify: true,
                SuccessBeforePassing: 1,
                FailuresBeforeCritical: 2,
                DeregisterCriticalServiceAfter: "90m",
            },
        },
    ],
    [
        "the words of the API",
        {
            ID: "a1",
            Name: "a",
            EnableTagOverride: false,
            TaggedAddresses: { lan: { Address: "10.0.0.12", Port: 1 } },
            Checks: [
                { CheckID: "c", TCP: "10.0.0.12:1", TCPUseTLS: true, Interval: "5s" },
                { TTL: "15s" },
            ],
        },
        {
            ID: "a1",
            Name: "a",
            Address: "10.0.0.11",
            Tags: [],
            Meta: {},
            Checks: [
                { CheckID: "c", TCP: "10.0.0.12:1", TCPUseTLS: true, Interval: "5s" },
                { TTL: "15s" },
            ],
            EnableTagOverride: false,
            TaggedAddresses: { lan: { Address: "10.0.0.12", Port: 1 } },
        },
    ],
    [
        "checks of every other kind",
        {
            name: "a",
            checks: [
                { grpc: "$(address):9090/shop.Cart", grpc_use_tls: true, interval: "5s" },
                { h2ping: "$(address):9091", h2ping_use_tls: false, interval: "5s" },
                { udp: "$(address):53", interval: "5s" },
                { alias_node: "server-1", alias_service: "b" },
            ],
        },
        {
            ID: "a",
            Name: "a",
            Address: "10.0.0.11",
            Tags: [],
            Meta: {},
            Checks: [
                { GRPC: "10.0.0.11:9090/shop.Cart", GRPCUseTLS: true, Interval: "5s" },
                { H2PING: "10.0.0.11:9091", H2PingUseTLS: false, Interval: "5s" },
                { UDP: "10.0.0.11:53", Interval: "5s" },
                { AliasNode: "server-1", AliasService: "b" },
            ],
        },
    ],
    [
        "named ports, a locality and a sidecar with a proxy of its own",
        {
            name: "a",
            ports: [{ name: "http", port: 80, default: true }],
            locality: { region: "eu", zone: "eu-1" },
            connect: {
                sidecar_service: {
                    port: 20000,
                    proxy: { upstreams: [{ destination_name: "b", local_bind_port: 9001 }] },
                },
            },
        },
        {
            ID: "a",
            Name: "a",
            Address: "10.0.0.11",
            Tags: [],
            Meta: {},
            Checks: [],
            Connect: {
                SidecarService: {
                    Address: "10.0.0.11",
                    Port: 20000,
                    Proxy: { upstreams: [{ destination_name: "b", local_bind_port: 9001 }] },
                },
            },
            Ports: [{ Name: "http", Port: 80, Default: true }],
            Locality: { Region: "eu", Zone: "eu-1" },
        },
    ],
];
