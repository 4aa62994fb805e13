import { describe, expect, test } from "vitest";
import { imageContractOf } from "../../../../components/agent/imageContracts.ts";
import type { ImageContract } from "../../../../components/agent/imageContract.ts";
import type { PortSettings } from "../../../../components/agent/portSettings.ts";
import {
    bindPorts,
    describePorts,
    portsOf,
    type Role,
} from "../../../../components/agent/ports.ts";

const address = "10.0.0.1";
const bridge = "172.17.0.1";

/** What an agent publishes besides, or in place of, what it does in a cluster that states nothing. */
function published(contract: ImageContract, before: ImageContract, role: Role = "server") {
    const bindings = (one: ImageContract) =>
        describePorts(bindPorts(portsOf(role, one.ports), address, bridge)).split(" ");
    const known = bindings(before);
    const now = bindings(contract);
    return {
        more: now.filter((binding) => !known.includes(binding)),
        less: known.filter((binding) => !now.includes(binding)),
    };
}

/** The configuration of an agent, beyond that of a cluster that states nothing. */
function config(contract: ImageContract, role: Role = "server") {
    return contract.configFiles({ role }).config;
}

const open = imageContractOf("official", "open");
const full = imageContractOf("official", "full");

test.each<PortSettings>([
    {},
    { ports: {}, publish: [], dnsOnAddress: false, dnsOnBridge: false, httpOnBridge: false },
    { ports: { http: undefined, grpc: undefined } },
])("a cluster that states nothing has the very contract of its image: %o", (ports) => {
    expect(imageContractOf("official", "open", ports)).toBe(open);
    expect(imageContractOf("official", "full", ports)).toBe(full);
    expect(imageContractOf("progrium", "open", ports)).toBe(imageContractOf("progrium"));
});

describe.each([
    { security: "open", scheme: "http", before: open, api: 8500 },
    { security: "full", scheme: "https", before: full, api: 8501 },
] as const)("in a cluster of security $security", ({ security, scheme, before, api }) => {
    test.each(["server", "client"] as const)(
        "the API of a %s is at another number outside, and at Consul's own inside",
        (role) => {
            const contract = imageContractOf("official", security, { ports: { [scheme]: 9443 } });
            expect(published(contract, before, role)).toEqual({
                more: [`${api}/tcp=${address}:9443`],
                less: [`${api}/tcp=${address}:${api}`],
            });
            expect(contract.endpoint).toEqual({ scheme, port: 9443 });
            expect(config(contract, role)).toEqual(config(before, role));
        },
    );

    test("so is DNS, by both protocols, below 1024 too", () => {
        const contract = imageContractOf("official", security, { ports: { dns: 53 } });
        expect(published(contract, before).more).toEqual([
            `8600/tcp=${address}:53`,
            `8600/udp=${address}:53`,
        ]);
        expect(contract.dnsPort).toBe(53);
        expect(contract.endpoint).toEqual(before.endpoint);
        expect(config(contract)).toEqual(config(before));
    });

    test("DNS is at port 53 of the machine's own address besides, and of the bridge's", () => {
        const contract = imageContractOf("official", security, {
            dnsOnAddress: true,
            dnsOnBridge: true,
            ports: { dns: 8653 },
        });
        expect(published(contract, before)).toEqual({
            more: [
                `8600/tcp=${address}:8653`,
                `8600/tcp=${address}:53`,
                `8600/tcp=${bridge}:53`,
                `8600/udp=${address}:8653`,
                `8600/udp=${address}:53`,
                `8600/udp=${bridge}:53`,
            ],
            less: [`8600/tcp=${address}:8600`, `8600/udp=${address}:8600`],
        });
    });

    test("an extra port is bound where it says, for the nodes that it names", () => {
        const publish = [
            { port: 9102, purpose: "metrics" },
            { port: 9125, internal: 8125, protocol: "udp", at: "bridge", purpose: "statsd" },
            { port: 21500, roles: ["client"], purpose: "exposed paths" },
        ] as const;
        const contract = imageContractOf("official", security, { publish });
        expect(published(contract, before).more).toEqual([
            `9102/tcp=${address}:9102`,
            `8125/udp=${bridge}:9125`,
        ]);
        expect(published(contract, before, "client").more).toContain(`21500/tcp=${address}:21500`);
        expect(contract.ports.slice(-3).map(({ from }) => from)).toEqual([
            "publish[0]",
            "publish[1]",
            "publish[2]",
        ]);
        expect(config(contract)).toEqual(config(before));
    });

    test("nodes that share a machine publish the same for all of them", () => {
        const settings = { dnsOnAddress: true, ports: { [scheme]: 9443, grpcTls: 8503 } };
        const { apiPorts } = imageContractOf("official", security, settings);
        expect(describePorts(bindPorts(apiPorts, address))).toBe(
            `${api}/tcp=${address}:9443 8600/tcp=${address}:8600 8600/tcp=${address}:53 ` +
                `8600/udp=${address}:8600 8600/udp=${address}:53 8503/tcp=${address}:8503`,
        );
    });
});

test("the open API is at the bridge, too", () => {
    const contract = imageContractOf("official", "open", { httpOnBridge: true });
    expect(published(contract, open)).toEqual({ more: [`8500/tcp=${bridge}:8500`], less: [] });
    expect(config(contract)).toEqual(config(open));
});

test("the API without TLS of a secured cluster is at the bridge alone, and asks for tokens as ever", () => {
    const settings = { httpOnBridge: true, ports: { http: 9500 } };
    const contract = imageContractOf("official", "full", settings);
    expect(published(contract, full)).toEqual({ more: [`8500/tcp=${bridge}:9500`], less: [] });
    expect(contract.endpoint).toEqual({ scheme: "https", port: 8501 });
    expect(config(contract)).toEqual({
        ...config(full),
        addresses: { dns: "0.0.0.0", http: "0.0.0.0", https: "0.0.0.0" },
    });
    expect(config(contract).acl).toMatchObject({ enabled: true, default_policy: "deny" });
});

describe("gRPC", () => {
    test("has the same number inside and outside, for Consul tells it to others", () => {
        const contract = imageContractOf("official", "open", { ports: { grpc: 8502 } });
        for (const role of ["server", "client"] as const) {
            expect(published(contract, open, role).more).toEqual([`8502/tcp=${address}:8502`]);
            expect(config(contract, role)).toEqual({
                ...config(open, role),
                ports: { grpc: 8502 },
            });
        }
    });

    test("over TLS is on servers of an open cluster, and on all agents of a secured one", () => {
        const settings = { ports: { grpcTls: 8503 } };
        const contract = imageContractOf("official", "open", settings);
        expect(published(contract, open).more).toEqual([`8503/tcp=${address}:8503`]);
        expect(config(contract)).toEqual({ ...config(open), ports: { grpc_tls: 8503 } });
        expect(published(contract, open, "client").more).toEqual([]);
        expect(config(contract, "client")).toEqual(config(open, "client"));
        const secured = imageContractOf("official", "full", settings);
        for (const role of ["server", "client"] as const) {
            expect(published(secured, full, role).more).toEqual([`8503/tcp=${address}:8503`]);
            expect(config(secured, role)).toMatchObject({
                addresses: { grpc_tls: "0.0.0.0", http: "127.0.0.1" },
                connect: { enabled: true },
                ports: { grpc: -1, grpc_tls: 8503, http: 8500, https: 8501, serf_wan: -1 },
                tls: { grpc: { verify_incoming: false } },
            });
        }
    });

    test("demands certificates of callers where the API does", () => {
        const { configFiles } = imageContractOf("official", "full", { ports: { grpcTls: 8503 } });
        const files = configFiles({ role: "client", tls: { clientCertificates: true } });
        expect(files.config).toMatchObject({
            tls: { grpc: { verify_incoming: true }, https: { verify_incoming: true } },
        });
    });

    test("can be closed where servers have it by themselves", () => {
        const contract = imageContractOf("official", "open", {
            ports: { grpc: false, grpcTls: false },
        });
        expect(published(contract, open)).toEqual({ more: [], less: [] });
        expect(config(contract).ports).toEqual({ grpc: -1, grpc_tls: -1 });
        expect(config(contract, "client").ports).toEqual({ grpc: -1, grpc_tls: -1 });
    });
});

test("progrium's image keeps its own numbers inside", () => {
    const settings = { ports: { http: 9500, dns: 8653 }, dnsOnAddress: true };
    const contract = imageContractOf("progrium", "open", settings);
    expect(published(contract, imageContractOf("progrium")).more).toEqual([
        `8500/tcp=${address}:9500`,
        `53/tcp=${address}:8653`,
        `53/tcp=${address}:53`,
        `53/udp=${address}:8653`,
        `53/udp=${address}:53`,
    ]);
    expect(config(contract)).toEqual(config(imageContractOf("progrium")));
});
