import { expect, test } from "vitest";
import {
    agentPorts,
    apiPorts,
    bindPorts,
    describePorts,
    hasTwins,
    portsOf,
    type PortRow,
} from "../../../../components/agent/ports.ts";

const rows = (role: "server" | "client") =>
    portsOf(role).map(({ port, protocol }) => `${port}/${protocol}`);

test("a server publishes RPC, both gossips, HTTP and DNS, each with every protocol it speaks", () => {
    expect(rows("server")).toEqual([
        "8300/tcp",
        "8301/tcp",
        "8301/udp",
        "8302/tcp",
        "8302/udp",
        "8500/tcp",
        "8600/tcp",
        "8600/udp",
    ]);
});

test("a client publishes no port that only servers listen on", () => {
    expect(rows("client")).toEqual(["8301/tcp", "8301/udp", "8500/tcp", "8600/tcp", "8600/udp"]);
});

test("no row is there twice, and each says what it is for", () => {
    const keys = agentPorts.map(({ port, protocol }) => `${port}/${protocol}`);
    expect([...new Set(keys)]).toEqual(keys);
    expect(agentPorts.filter(({ purpose }) => purpose === "")).toEqual([]);
});

test("every port is bound to the one address, under the same number", () => {
    expect(bindPorts(portsOf("client"), "10.0.0.1")).toEqual([
        { internal: 8301, external: 8301, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8301, external: 8301, ip: "10.0.0.1", protocol: "udp" },
        { internal: 8500, external: 8500, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8600, external: 8600, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8600, external: 8600, ip: "10.0.0.1", protocol: "udp" },
    ]);
});

const onBridge: readonly PortRow[] = [
    { port: 53, internal: 8600, protocol: "udp", roles: ["server"], purpose: "DNS", at: "bridge" },
];

test("a row of the bridge is bound to the bridge's address, and to no other", () => {
    expect(bindPorts(onBridge, "10.0.0.1", "172.17.0.1")).toEqual([
        { internal: 8600, external: 53, ip: "172.17.0.1", protocol: "udp" },
    ]);
    expect(() => bindPorts(onBridge, "10.0.0.1")).toThrow(
        "53/udp: the bridge's address is not known",
    );
});

test("bindings are told in words, so that any other binding is another text", () => {
    const bindings = bindPorts([...apiPorts, ...onBridge], "10.0.0.1", "172.17.0.1");
    expect(describePorts(bindings)).toBe(
        "8500/tcp=10.0.0.1:8500 8600/tcp=10.0.0.1:8600 8600/udp=10.0.0.1:8600 8600/udp=172.17.0.1:53",
    );
    expect(hasTwins(apiPorts)).toBe(false);
    expect(hasTwins([...apiPorts, ...onBridge])).toBe(true);
});

test("an API that is reached at another address of the machine is bound there, too, and nothing else is", () => {
    const at = "10.0.0.1";
    const reached = { address: "100.64.0.1", port: 8500 };
    const bindings = bindPorts(portsOf("server"), at, undefined, reached);
    expect(bindings.filter(({ ip }) => ip !== at)).toEqual([
        { internal: 8500, external: 8500, ip: "100.64.0.1", protocol: "tcp" },
    ]);
    expect(bindings.filter(({ ip }) => ip === at)).toEqual(bindPorts(portsOf("server"), at));
});
