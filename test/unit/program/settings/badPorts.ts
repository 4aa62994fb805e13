import { peerPortRule } from "../../../../components/agent/portProblems.ts";
import { one, type BadSettings } from "./badCase.ts";

const rule = "a port, a whole number from 1 to 65535";
const offRule = "a port, a whole number from 1 to 65535, or false to have none";
const ofExtra = "there is no such setting; there are port, internal, protocol, at, roles, purpose";

/** Ports that cannot be had. */
export const badPorts: readonly BadSettings[] = [
    one(
        "ports that are a list",
        { ports: [8500] },
        "ports: got [8500]; a map from names of ports to numbers",
    ),
    one(
        "ports that Consul does not have",
        { ports: { rpc: 8400 } },
        "ports.rpc: got 8400; there is no such setting; there are http, https, dns, grpc, grpcTls",
    ),
    one(
        "ports that are none",
        { ports: { https: 0, dns: 65536, grpcTls: "8503" } },
        `ports.https: got 0; ${offRule}`,
        `ports.dns: got 65536; ${rule}`,
        `ports.grpcTls: got "8503"; ${offRule}`,
    ),
    one("DNS that is off", { ports: { dns: -1 } }, `ports.dns: got -1; ${rule}`),
    ...(["server", "serf_lan", "serf_wan", "serfLan", "serfWan"] as const).map((key) =>
        one(
            `another number for ${key}`,
            { ports: { [key]: 18300 } },
            `ports.${key}: got 18300; ${peerPortRule}`,
        ),
    ),
    one(
        "a port in Consul's spelling",
        { ports: { grpc_tls: 8503 } },
        'ports.grpc_tls: got 8503; it is called "grpcTls" here',
    ),
    one(
        "an API that Consul's -1 turns off",
        { security: "full", ports: { https: -1 } },
        "ports.https: got false; a secured cluster has no other API; give it a number",
    ),
    one(
        "two things at one number",
        { security: "full", ports: { dns: 8501 } },
        'ports.dns: got 8501; 8501/tcp of the machine\'s address is that of "HTTPS API and web UI" already; give one of them ' +
            "another number or place",
    ),
    one(
        "port 53 twice",
        { ports: { dns: 53 }, dnsOnAddress: true },
        'dnsOnAddress: got true; 53/tcp of the machine\'s address is that of "DNS" already; leave one of the two out',
    ),
    one(
        "flags that are none",
        { dnsOnAddress: 53, httpOnBridge: "yes" },
        "dnsOnAddress: got 53; true or false",
        'httpOnBridge: got "yes"; true or false',
    ),
    one(
        "extra ports that say too little, or something else",
        {
            publish: [
                { port: 9102 },
                { port: 9103, purpose: "metrics", host: 9104 },
                { port: 9105, purpose: "metrics", at: "loopback", roles: [] },
            ],
        },
        "publish[0].purpose: got nothing; what it is for",
        `publish[1].host: got 9104; ${ofExtra}`,
        'publish[2].at: got "loopback"; address, the machine\'s own, or bridge, that of its docker0',
        "publish[2].roles: got []; server, client or both; leave it out for both",
    ),
    one(
        "an extra port where nodes share a machine, at that of the API",
        { security: "full", oneMachine: true, publish: [{ port: 8501, purpose: "metrics" }] },
        'publish[0].port: got 8501; 8501/tcp of the machine\'s address is that of "HTTPS API and web UI" already; give one ' +
            "of them another number or place",
    ),
    one(
        "gRPC of Consul 0.5.2",
        {
            imageFlavour: "progrium",
            image: "progrium/consul:latest",
            security: "open",
            ports: { grpc: 8502 },
        },
        "ports.grpc: got 8502; Consul 0.5.2 has no gRPC; leave it out",
    ),
];
