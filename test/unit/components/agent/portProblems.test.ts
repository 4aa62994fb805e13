import { expect, test } from "vitest";
import { portProblems, type PortCluster } from "../../../../components/agent/portProblems.ts";
import type { PortSettings } from "../../../../components/agent/portSettings.ts";

const open: PortCluster = { security: "open", oneMachine: false };
const full: PortCluster = { security: "full", oneMachine: false };
const shared: PortCluster = { security: "full", oneMachine: true };
const progrium: PortCluster = { ...open, imageFlavour: "progrium" };

function problems(settings: PortSettings, cluster: PortCluster): string[] {
    return portProblems(settings, cluster).map(
        ({ path, value, rule }) => `${path}: got ${JSON.stringify(value)}; ${rule}`,
    );
}

const extra = (over: object) => ({ publish: [{ port: 9102, purpose: "metrics", ...over }] });

test.each<{ what: string; settings: PortSettings; cluster: PortCluster }>([
    { what: "nothing", settings: {}, cluster: full },
    { what: "an API of an open cluster", settings: { ports: { http: 80 } }, cluster: open },
    { what: "an API of a secured cluster", settings: { ports: { https: 443 } }, cluster: full },
    { what: "HTTPS off in an open cluster", settings: { ports: { https: false } }, cluster: open },
    { what: "HTTP off in a secured one", settings: { ports: { http: false } }, cluster: full },
    {
        what: "everything together",
        settings: {
            ports: { https: 9443, http: 9500, dns: 8653, grpcTls: 8503 },
            dnsOnAddress: true,
            dnsOnBridge: true,
            httpOnBridge: true,
            ...extra({}),
        },
        cluster: full,
    },
    {
        what: "one number for two protocols",
        settings: {
            publish: [9102, 9102].map((port, index) => ({
                port,
                purpose: "x",
                protocol: index === 0 ? "tcp" : "udp",
            })),
        },
        cluster: open,
    },
    {
        what: "one number at two addresses",
        settings: extra({ port: 8600, at: "bridge" }),
        cluster: open,
    },
    { what: "HTTPS at the bridge", settings: extra({ port: 8501, at: "bridge" }), cluster: full },
    { what: "the WAN's port, which is closed", settings: extra({ port: 8302 }), cluster: full },
    {
        what: "a peer's port where nodes share a machine",
        settings: extra({ port: 8300 }),
        cluster: shared,
    },
    {
        what: "gRPC off with its TLS on",
        settings: { ports: { grpc: false, grpcTls: 8502 } },
        cluster: full,
    },
    {
        what: "other numbers with progrium's",
        settings: { ports: { http: 80, dns: 53 }, httpOnBridge: true },
        cluster: progrium,
    },
])("$what is fine", ({ settings, cluster }) => {
    expect(problems(settings, cluster)).toEqual([]);
});

test.each<{ what: string; settings: PortSettings; cluster: PortCluster; line: string }>([
    {
        what: "an open cluster without its API",
        settings: { ports: { http: false } },
        cluster: open,
        line: "ports.http: got false; an open cluster has no other API; give it a number",
    },
    {
        what: "HTTPS of an open cluster",
        settings: { ports: { https: 8501 } },
        cluster: open,
        line:
            'ports.https: got 8501; the agents of an open cluster have no certificates: "ports.http" is its API; or set ' +
            '"security" to "full"',
    },
    {
        what: "a secured cluster without its API",
        settings: { ports: { https: false } },
        cluster: full,
        line: "ports.https: got false; a secured cluster has no other API; give it a number",
    },
    {
        what: "HTTP of a secured cluster that publishes none",
        settings: { ports: { http: 8500 } },
        cluster: full,
        line:
            'ports.http: got 8500; the API of a secured cluster is "ports.https"; without TLS it is at the bridge alone, ' +
            'with "httpOnBridge" set to true',
    },
    {
        what: "HTTP that is off and at the bridge",
        settings: { ports: { http: false }, httpOnBridge: true },
        cluster: full,
        line: 'httpOnBridge: got true; "ports.http" is off, which is what it publishes; leave one of the two out',
    },
    {
        what: "gRPC without TLS in a secured cluster",
        settings: { ports: { grpc: 8502 } },
        cluster: full,
        line: 'ports.grpc: got 8502; without TLS tokens would be read on their way; a secured cluster has "ports.grpcTls"',
    },
    {
        what: "gRPC of Consul 0.5.2",
        settings: { ports: { grpc: false } },
        cluster: progrium,
        line: "ports.grpc: got false; Consul 0.5.2 has no gRPC; leave it out",
    },
    {
        what: "gRPC at a number that the agent may not open",
        settings: { ports: { grpcTls: 443 } },
        cluster: full,
        line:
            "ports.grpcTls: got 443; at least 1024: Consul tells others this number, so its agent, which is not root, has to " +
            "open it itself",
    },
    {
        what: "gRPC where the API is inside",
        settings: { ports: { grpcTls: 8501, https: 9443 } },
        cluster: full,
        line: "ports.grpcTls: got 8501; the agent has that port inside of its container for something else; name another",
    },
    {
        what: "gRPC where servers have it over TLS",
        settings: { ports: { grpc: 8503 } },
        cluster: open,
        line: 'ports.grpc: got 8503; servers have gRPC over TLS there by themselves; name another, or set "ports.grpcTls" to false',
    },
    {
        what: "the API without TLS as an extra port of a secured cluster",
        settings: extra({ internal: 8500 }),
        cluster: full,
        line:
            'publish[0].internal: got 8500; the API without TLS, which only "httpOnBridge" publishes, and at the bridge ' +
            "alone; with TLS it is 8501 inside",
    },
    {
        what: "an API where others gossip",
        settings: { ports: { https: 8301 } },
        cluster: full,
        line:
            'ports.https: got 8301; 8301/tcp of the machine\'s address is that of "LAN gossip: joins, state exchange" already; ' +
            "give one of them another number",
    },
    {
        what: "DNS at the API's number",
        settings: { ports: { dns: 8501 } },
        cluster: full,
        line:
            'ports.dns: got 8501; 8501/tcp of the machine\'s address is that of "HTTPS API and web UI" already; ' +
            "give one of them another number",
    },
    {
        what: "DNS twice at port 53",
        settings: { ports: { dns: 53 }, dnsOnAddress: true },
        cluster: full,
        line: 'dnsOnAddress: got true; 53/tcp of the machine\'s address is that of "DNS" already; leave one of the two out',
    },
    {
        what: "an extra port at a number of a peer's",
        settings: extra({ port: 8300 }),
        cluster: open,
        line:
            'publish[0].port: got 8300; 8300/tcp of the machine\'s address is that of "server RPC and Raft" already; give one ' +
            "of them another number or place",
    },
    {
        what: "an extra port at the bridge's number of DNS",
        settings: { dnsOnBridge: true, ...extra({ port: 53, protocol: "udp", at: "bridge" }) },
        cluster: open,
        line: 'publish[0].port: got 53; 53/udp of the bridge is that of "DNS" already; leave one of the two out',
    },
    {
        what: "the API where SSH is",
        settings: { ports: { https: 22 } },
        cluster: full,
        line:
            'ports.https: got 22; 22/tcp of the machine\'s address is that of "SSH of the machine" already; give one of them ' +
            "another number",
    },
    {
        what: "an extra port where the machine's Docker is",
        settings: extra({ port: 2376, at: "bridge" }),
        cluster: shared,
        line:
            'publish[0].port: got 2376; 2376/tcp of the bridge is that of "Docker of the machine" already; give one of them ' +
            "another number or place",
    },
])("$what is refused", ({ settings, cluster, line }) => {
    expect(problems(settings, cluster)).toEqual([line]);
});
