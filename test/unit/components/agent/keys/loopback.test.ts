import { expect, test } from "vitest";
import type { JsonObject } from "../../../../../components/agent/agentConfig.ts";
import { loopbackAddresses } from "../../../../../components/agent/keys/loopback.ts";

const found = (config: JsonObject) =>
    loopbackAddresses(config).map(({ place, host, port }) => [place.join("."), host, port]);

test.each<[JsonObject, unknown[]]>([
    [
        { telemetry: { dogstatsd_addr: "127.0.0.1:8125" } },
        ["telemetry.dogstatsd_addr", "127.0.0.1", 8125],
    ],
    [
        { telemetry: { statsd_address: "localhost:8125" } },
        ["telemetry.statsd_address", "localhost", 8125],
    ],
    [
        { telemetry: { statsite_address: "[::1]:8125" } },
        ["telemetry.statsite_address", "::1", 8125],
    ],
    [{ check: { http: "http://localhost:9003/health" } }, ["check.http", "localhost", 9003]],
    [{ checks: [{ tcp: "127.0.1.1:22" }] }, ["checks.0.tcp", "127.0.1.1", 22]],
    [
        { service: { check: { grpc: "127.0.0.1:9090/shop" } } },
        ["service.check.grpc", "127.0.0.1", 9090],
    ],
    [
        { services: [{ checks: [{ args: ["/bin/check", "--url=http://LOCALHOST/x"] }] }] },
        ["services.0.checks.0.args.1", "LOCALHOST", undefined],
    ],
    [{ service: { address: "127.0.0.1" } }, ["service.address", "127.0.0.1", undefined]],
    [
        { watches: [{ http_handler_config: { path: "https://user@localhost:8443/hook" } }] },
        ["watches.0.http_handler_config.path", "localhost", 8443],
    ],
    [
        { ui_config: { metrics_proxy: { base_url: "http://[::1]:9090" } } },
        ["ui_config.metrics_proxy.base_url", "::1", 9090],
    ],
])("%j: it means the container", (config, expected) => {
    expect(found(config)).toEqual([expected]);
});

test.each<JsonObject>([
    { telemetry: { statsd_address: "192.0.2.40:8125" } },
    { check: { http: "http://localhost.example:80/" } },
    { check: { http: "http://my-localhost/" } },
    { telemetry: { statsd_address: "10.127.0.0:8125" } },
    { alt_domain: "localhostess" },
    // The agent itself is in that container.
    { check: { http: "http://localhost:8500/v1/status/leader" } },
    { check: { tcp: "127.0.0.1:8300" } },
    // Words, and networks of callers.
    { node_meta: { note: "was on localhost:80" } },
    { service: { tags: ["127.0.0.1"], meta: { a: "::1" } } },
    { http_config: { allow_write_http_from: ["127.0.0.0/8"] } },
    { serf_lan_allowed_cidrs: ["127.0.0.0/8"] },
])("%j: it does not", (config) => {
    expect(found(config)).toEqual([]);
});
